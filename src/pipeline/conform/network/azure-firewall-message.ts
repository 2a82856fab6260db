/**
 * The text that Azure Firewall wrote before its structured logs, in `msg` of AzureDiagnostics:
 *
 *     HTTPS request from 10.1.4.17:49553 to git.example:443. Action: Allow. Policy: p. Rule Collection: c. Rule: r
 *     TCP request from 203.0.113.9:50306 to 198.51.100.4:3389 was DNAT'ed to 10.1.0.4:3389
 *     DNS Request: 10.1.4.17:61248 - 6513 A IN git.example. udp 43 false 512 NOERROR qr,rd,ra 145 0.002s
 *
 * @see https://learn.microsoft.com/azure/firewall/diagnostic-logs
 */

/** One end: an address or a name, with or without port. */
export interface MessageEnd {
  readonly host: string;
  readonly port: number | undefined;
}

export interface RuleMessage {
  readonly protocol: string;
  readonly source: MessageEnd;
  readonly destination: MessageEnd | undefined;
  /** Where a DNAT rule sent it. */
  readonly translated: MessageEnd | undefined;
  /** `Action`, `Policy`, `Rule Collection Group`, `Rule`, `Url`, `Web Category`, `ThreatIntel`, `Signature`, `IDS`, … */
  readonly details: ReadonlyMap<string, string>;
}

const END = String.raw`(\[[0-9A-Fa-f:.]{2,45}\]|[^\s:]{1,255})(?::(\d{0,5}))?`;
const REQUEST = new RegExp(
  String.raw`^\s{0,8}(\S{1,20})(?: Type=\d{1,3})?\s{1,4}request from ${END}(?: to ${END})?(?: was DNAT'ed to ${END})?(?=[.\s]|$)`,
);

const DETAILS: ReadonlySet<string> = new Set([
  "Action",
  "Url",
  "Policy",
  "Rule Collection Group",
  "Rule Collection",
  "Rule",
  "Web Category",
  "Reason",
  "ThreatIntel",
  "Signature",
  "IDS",
  "Priority",
  "Classification",
]);

/** null where the text is no such message. */
export function parseRuleMessage(message: string): RuleMessage | null {
  const text = message.slice(0, 8_192);
  const match = REQUEST.exec(text);
  if (match === null) return null;
  return {
    protocol: match[1]!,
    source: endOf(match[2]!, match[3]),
    destination: match[4] === undefined ? undefined : endOf(match[4].replace(/\.$/, ""), match[5]),
    translated: match[6] === undefined ? undefined : endOf(match[6].replace(/\.$/, ""), match[7]),
    details: detailsOf(text.slice(match[0].length)),
  };
}

function endOf(host: string, port: string | undefined): MessageEnd {
  return {
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === undefined || port === "" || Number(port) > 65_535 ? undefined : Number(port),
  };
}

/** Each value reaches to the next name; the sentence that may follow the action becomes `Reason`. */
function detailsOf(text: string): Map<string, string> {
  const details = new Map<string, string>();
  let name: string | undefined;
  let start = 0;
  const put = (end: number) => {
    if (name === undefined) return;
    const value = text.slice(start, end).replace(/[.\s]{1,8}$/, "");
    if (value !== "" && !details.has(name)) details.set(name, value);
  };
  for (let colon = text.indexOf(": "); colon !== -1; colon = text.indexOf(": ", colon + 2)) {
    const begin = text.lastIndexOf(".", colon) + 1;
    // A colon inside a value has no known name before it.
    const candidate = colon - begin > 30 ? "" : text.slice(begin, colon).trim();
    if (!DETAILS.has(candidate)) continue;
    put(begin);
    name = candidate;
    start = colon + 2;
  }
  put(text.length);
  const action = details.get("Action");
  const sentence = action?.indexOf(". ") ?? -1;
  if (action !== undefined && sentence !== -1) {
    details.set("Action", action.slice(0, sentence));
    if (!details.has("Reason")) details.set("Reason", action.slice(sentence + 2));
  }
  return details;
}

export interface DnsMessage {
  readonly source: MessageEnd;
  readonly id: number;
  readonly type: string;
  readonly class: string;
  readonly name: string;
  readonly protocol: string;
  readonly rcode: string;
}

const DNS = new RegExp(
  String.raw`^\s{0,8}DNS Request: ${END} - (\d{1,6}) (\S{1,16}) (\S{1,8}) (\S{1,255}) (udp|tcp) \d{1,9} (?:true|false) \d{1,9} (\S{1,16}) `,
);

/** null where the text is no such message. */
export function parseDnsMessage(message: string): DnsMessage | null {
  const match = DNS.exec(message);
  if (match === null) return null;
  const [, host, port, id, type, klass, name, protocol, rcode] = match;
  return {
    source: endOf(host!, port),
    id: Number(id),
    type: type!,
    class: klass!,
    name: name!,
    protocol: protocol!,
    rcode: rcode!,
  };
}
