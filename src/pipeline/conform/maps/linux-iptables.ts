/**
 * Packets that netfilter logs (the LOG target of iptables, `log` of nftables; ufw, firewalld, Shorewall, UniFi and EdgeOS
 * gateways build on it) -> Network Activity, one record per packet.
 *
 *     kernel: [50028442.088484] [UFW BLOCK] IN=eth0 OUT= MAC=… SRC=203.0.113.20 DST=10.1.4.17 LEN=40 … PROTO=TCP SPT=8080 DPT=22 … SYN URGP=0
 *     [WAN_LOCAL-D-4000] DESCR="Block all" IN=eth8 OUT= MAC=… SRC=… DST=…
 *
 * The kernel says nothing of what becomes of the packet; what the rule's prefix says is taken for it.
 *
 * @see https://ipset.netfilter.org/iptables-extensions.man.html
 */
import type { OcsfEndpoint } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { readBareHeader } from "../network/bare-header.ts";
import { createSession, reporterOf } from "../network/session.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "Netfilter", vendor_name: "Linux" } as const;

/** Behind the prefix, which may end in anything. */
const IN = /(?:^|[^A-Za-z0-9_.])IN=[^\s=]{0,32} (?:PHYSIN=\S{0,32} )?OUT=/;
/** Prefixes have at most 127 characters; hosts and descriptions stand beside them. */
const MAX_HEAD = 1_024;
const KERNEL_TIME = /^\[ *\d{1,12}\.\d{6}\] ?/;
const FLAGS = /\bRES=0x[0-9A-Fa-f]{2} ((?:(?:CWR|ECE|URG|ACK|PSH|RST|SYN|FIN) ){1,8})URGP=/;
const DESCRIPTION = /\bDESCR="([^"]{1,255})"/;
/** UniFi and EdgeOS: rule set, number or `default`, and accept, drop or reject, in this order or with the letter in the middle. */
const GATEWAY_RULE =
  /^\[([A-Za-z0-9_ .]{1,64}(?:-[A-Za-z0-9_ .]{1,64}){0,4}?)(?:-([ADR])-(\d{1,10}|default)|-(\d{1,10}|default)-([ADR]))\]$/;

const LETTERS: Readonly<Record<string, Verdict>> = { A: "allowed", D: "blocked", R: "rejected" };
const BLOCKED = /(?:^|[^a-z])(?:drop(?:ped)?|den(?:y|ied)|block(?:ed)?|discard(?:ed)?)(?![a-z])/i;
const REJECTED = /(?:^|[^a-z])reject(?:ed)?(?![a-z])/i;
const ALLOWED = /(?:^|[^a-z])(?:accept(?:ed)?|allow(?:ed)?|pass(?:ed)?|permit(?:ted)?)(?![a-z])/i;

export default defineMap({
  id: "linux-iptables",
  title: "netfilter packet log (iptables, nftables, ufw, UniFi)",
  product: PRODUCT,
  reference: "https://ipset.netfilter.org/iptables-extensions.man.html",
  lane: "network",
  exporting:
    "A `LOG` target (`nft`: `log prefix`) for new connections, with a prefix that says what becomes of the " +
    "packet, such as `FW-DROP `; the lines are in the kernel log or syslog.",
  limits: [
    "One record is one packet: what was sent is not counted.",
    "Names no host and, but for packets of the machine itself, no user.",
    "Whether a packet passed shows only where the rule's log prefix says so.",
  ],
  recognise({ body, json }) {
    if (json !== null) return 0;
    const at = body.indexOf("OUT=");
    if (at < 3 || at > 600) return 0;
    const from = body.lastIndexOf("IN=", at);
    if (from === -1 || at - from > 80 || !IN.test(from === 0 ? body : body.slice(from - 1, at + 4))) return 0;
    return body.includes(" SRC=", at) && body.includes(" DST=", at) ? 0.95 : body.includes("MAC=", at) ? 0.8 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const { body } = record;
    const match = IN.exec(body);
    if (match === null) return null;
    const start = match.index + match[0].indexOf("IN=");
    // Behind a bracket follows the packet that an ICMP error is about.
    const inner = body.indexOf(" [SRC=", start);
    const packet = ` ${inner === -1 ? body.slice(start) : body.slice(start, inner)} `;
    const source = ipAddress(valueOf(packet, " SRC="));
    const destination = ipAddress(valueOf(packet, " DST="));
    if (source === undefined && destination === undefined)
      throw new MalformedInputError("netfilter record without its addresses");
    const { time, hostname, prefix } = headOf(record, body.slice(0, start).slice(-MAX_HEAD), fileModifiedTime);
    const verdict = verdictOf(prefix);
    const [destinationMac, sourceMac] = macsOf(valueOf(packet, " MAC="));
    const description = DESCRIPTION.exec(prefix)?.[1];
    const user = valueOf(packet, " UID=");
    return createSession(
      { product: PRODUCT, time },
      {
        activityId: verdict === "blocked" || verdict === "rejected" ? 5 : 6,
        source: endpoint(source, portOf(countOf(packet, " SPT=")), sourceMac, valueOf(packet, " IN=")),
        destination: endpoint(destination, portOf(countOf(packet, " DPT=")), destinationMac, valueOf(packet, " OUT=")),
        user: user === undefined ? undefined : { uid: user },
        protocol: valueOf(packet, " PROTO="),
        traffic: { bytesTotal: countOf(packet, " LEN=") },
        verdict,
        rule: prefix === "" ? undefined : ruleOf(prefix, description),
        reporter: reporterOf(hostname),
        unmapped: unmappedOf(packet, prefix),
      },
    );
  },
});

/** What stands behind a key that begins with a blank and ends in `=`; undefined where there is nothing. */
function valueOf(packet: string, key: string): string | undefined {
  const at = packet.indexOf(key);
  if (at === -1) return undefined;
  const from = at + key.length;
  const end = packet.indexOf(" ", from);
  return end === from ? undefined : packet.slice(from, end);
}

function countOf(packet: string, key: string): number | undefined {
  const value = valueOf(packet, key);
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined;
}

/** Time, host, and the rule's prefix without the kernel's own time. */
function headOf({ syslog }: DecodedRecord, head: string, referenceMs: number) {
  if (syslog !== null) {
    // A prefix that ends in a colon looks like a program's name: `DENY: IN=eth0`.
    const { app } = syslog;
    const named =
      app === null || /^(?:kernel|ulogd|ufw|iptables|firewalld?|nft(?:ables)?)$/.test(app) ? "" : `${app}: `;
    return {
      time: syslog.time ?? referenceMs,
      hostname: syslog.hostname ?? undefined,
      prefix: (named + head.replace(KERNEL_TIME, "")).trim(),
    };
  }
  const bare = readBareHeader(head, referenceMs);
  if (bare.time === undefined)
    return { time: referenceMs, hostname: undefined, prefix: head.replace(KERNEL_TIME, "").trim() };
  const bracket = head.indexOf(" [");
  const prefix = bracket === -1 ? (/ (\S{1,255}:) ?$/.exec(head)?.[1] ?? "") : head.slice(bracket).trim();
  return { time: bare.time, hostname: prefix === `${bare.hostname}:` ? undefined : bare.hostname, prefix };
}

function verdictOf(prefix: string): Verdict | undefined {
  const letter = gatewayRule(prefix)?.letter;
  if (letter !== undefined) return LETTERS[letter];
  if (REJECTED.test(prefix)) return "rejected";
  if (BLOCKED.test(prefix)) return "blocked";
  return ALLOWED.test(prefix) ? "allowed" : undefined;
}

/** `[WAN_OUT-2000-A]` is rule 2000 of WAN_OUT, on gateways of Ubiquiti and VyOS. */
function ruleOf(prefix: string, description: string | undefined): { name: string; uid?: string } {
  const gateway = gatewayRule(prefix);
  return gateway === undefined
    ? { name: description ?? ruleName(prefix) }
    : { name: description ?? gateway.set, uid: gateway.number };
}

function gatewayRule(prefix: string): { letter: string; set: string; number: string } | undefined {
  const end = prefix.indexOf("]");
  const match = end === -1 ? null : GATEWAY_RULE.exec(prefix.slice(0, end + 1));
  return match === null
    ? undefined
    : { letter: (match[2] ?? match[5])!, set: match[1]!, number: (match[3] ?? match[4])! };
}

/** `[UFW BLOCK]` -> `UFW BLOCK`, `IPTABLES-DROP:` -> `IPTABLES-DROP`. */
function ruleName(prefix: string): string {
  return prefix.replace(/^\[([^[\]]{1,255})\]$/, "$1").replace(/:$/, "");
}

/** Destination, source and protocol of the Ethernet header. */
function macsOf(text: string | undefined): readonly [string | undefined, string | undefined] {
  if (text === undefined || !/^(?:[0-9A-Fa-f]{2}:){13}[0-9A-Fa-f]{2}/.test(text)) return [undefined, undefined];
  return [text.slice(0, 17).toLowerCase(), text.slice(18, 35).toLowerCase()];
}

function endpoint(
  ip: string | undefined,
  portNumber: number | undefined,
  mac: string | undefined,
  interfaceName: string | undefined,
): OcsfEndpoint | undefined {
  if (ip === undefined) return undefined;
  const out: OcsfEndpoint = { ip };
  if (portNumber !== undefined) out.port = portNumber;
  if (mac !== undefined) out.mac = mac;
  if (interfaceName !== undefined) out.interface_name = interfaceName;
  return out;
}

function unmappedOf(packet: string, prefix: string): Record<string, unknown> {
  const flags = FLAGS.exec(packet)?.[1]?.trim();
  return {
    prefix: prefix === "" ? undefined : prefix,
    ttl: countOf(packet, " TTL=") ?? countOf(packet, " HOPLIMIT="),
    tcp_flags: flags,
    icmp_type: countOf(packet, " TYPE="),
    mark: valueOf(packet, " MARK="),
  };
}
