/**
 * strongSwan's charon (IKE), also of pfSense, OPNsense and UniFi: who signed in, which address was given inside, which association came and
 * went -> Authentication and Tunnel Activity.
 *
 *     Mar 20 10:07:14 gate charon: 05[IKE] <ikev2|3> assigning virtual IP 10.9.0.2 to peer 'alice'
 *     Mar 20 10:07:14 gate charon: 05[IKE] IKE_SA ikev2[3] established between 192.0.2.1[gate]...203.0.113.9[alice]
 *
 * @see https://docs.strongswan.org/docs/latest/config/logging.html
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { readBareHeader } from "../network/bare-header.ts";
import { createLogon } from "../network/logon.ts";
import { report, reporterOf } from "../network/session.ts";
import { createTunnel } from "../network/tunnel.ts";
import type { EventBase } from "../ocsf.ts";
import { loginOf } from "../web/login.ts";

const PRODUCT = { name: "strongSwan", vendor_name: "strongSwan" } as const;

/** Thread and subsystem stand ahead of every message; of the connection from 5.2 on. */
const MESSAGE =
  /(?:^|[\s\]:])(\d{2,3})\[(DMN|MGR|IKE|CHD|JOB|CFG|KNL|NET|ASN|ENC|TNC|IMC|IMV|PTS|TLS|APP|ESP|LIB)\](?: <([^<>|\s]{0,128})\|?(\d{1,10})?>)? {1,4}(?=\S)/;
const PROGRAM = /^(?:charon(?:-[a-z]{1,16})?|ipsec)$/;

const ASSIGNED = /^assigning virtual IP ([0-9A-Fa-f.:]{2,45}) to peer '([^'\n]{1,512})'/;
const SUCCEEDED =
  /^(?:(RADIUS |PAM |XAuth )?authentication|XAuth-[A-Za-z]{1,16} authentication) of '([^'\n]{1,512})'(?: with (.{1,80}?))? (successful|failed)$/;
const METHOD_FAILED = /^EAP method (\S{1,40}) failed for peer (\S[^\n]{0,511})$/;
const ASSOCIATION =
  /^(?:IKE_SA )?(deleting IKE_SA )?([^\s[\]]{1,128})\[(\d{1,10})\] (established |rekeyed )?between ([0-9A-Fa-f.:]{2,45})\[([^\]\n]{0,512})\]\.\.\.([0-9A-Fa-f.:]{2,45})\[([^\]\n]{0,512})\]/;

/** A message about a person that ends before it has told who or where. */
const CUT_OFF =
  /^assigning virtual IP(?! \S{2,45} to peer '[^'\n]{1,512}')|^IKE_SA \S{1,140} established(?! between \S{1,600}\.\.\.)/;

export default defineMap({
  id: "strongswan",
  title: "strongSwan (charon) log",
  product: PRODUCT,
  reference: "https://docs.strongswan.org/docs/latest/config/logging.html",
  lane: "identity",
  exporting:
    "charon logs to syslog (`daemon` facility) at level 1 by default, which suffices: `charon.syslog.daemon.default = 1`, or `charon.filelog` " +
    "with `time_format = %Y-%m-%dT%H:%M:%S%z`. pfSense and OPNsense: remote logging with 'VPN events'.",
  limits: [
    "Names the peer as its identity does; a person's name only where she signs in with EAP or XAuth.",
    "The address inside and the one outside stand in different messages.",
    "Does not count bytes.",
  ],
  recognise({ syslog, body, json }) {
    if (json !== null || body.length > 4_096) return 0;
    const message = MESSAGE.exec(body);
    if (syslog?.app !== undefined && syslog.app !== null && PROGRAM.test(syslog.app))
      return message === null ? 0.85 : 0.95;
    return message !== null && message.index < 80 ? 0.85 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const match = MESSAGE.exec(record.body);
    // charon-systemd keeps thread and subsystem in fields of the journal.
    const begins = match === null ? 0 : match.index + match[0].length;
    const text = record.body.slice(begins).trimEnd();
    const ahead = readBareHeader(record.body.slice(0, match?.index ?? 0), fileModifiedTime);
    const time = record.syslog?.time ?? ahead.time ?? fileModifiedTime;
    const base: EventBase = { product: PRODUCT, time, event_code: match?.[2] };
    return eventsOf(base, text, match?.[3], record);
  },
});

function eventsOf(
  base: EventBase,
  text: string,
  connection: string | undefined,
  record: DecodedRecord,
): OcsfEvent | OcsfEvent[] | null {
  const reporter = reporterOf(record.syslog?.hostname ?? undefined);
  const assigned = ASSIGNED.exec(text);
  if (assigned !== null)
    return createTunnel(base, {
      activity: 1,
      user: userOf(assigned[2]!),
      outer: undefined,
      inner: assigned[1],
      message: text,
      unmapped: connection === undefined || connection === "" ? undefined : { connection },
    }).map((event) => report(event, reporter));
  const association = ASSOCIATION.exec(text);
  if (association !== null) return associationEvents(base, text, association, reporter);
  const signOn = SUCCEEDED.exec(text);
  const failed = signOn === null ? METHOD_FAILED.exec(text) : null;
  const identity = signOn?.[2] ?? failed?.[2];
  if (identity !== undefined) {
    const address = ipAddress(identity) === identity ? identity : undefined;
    return createLogon(base, {
      activity: 1,
      user: userOf(identity),
      service: "IPsec",
      source: address === undefined ? undefined : { ip: address },
      succeeded: signOn?.[4] === "successful",
      detail: signOn === null ? failed?.[1] : undefined,
      message: text,
      reporter,
      unmapped: { method: signOn?.[3] ?? signOn?.[1]?.trim() ?? failed?.[1], connection },
    });
  }
  if (CUT_OFF.test(text)) throw new MalformedInputError("charon message that ends before it tells who or where");
  return null;
}

/** The peer's end stands second. */
function associationEvents(
  base: EventBase,
  text: string,
  match: RegExpExecArray,
  reporter: OcsfEvent["metadata"]["reporter"],
): OcsfEvent[] {
  const [, deleting, connection, number, state, , gateway, address, identity] = match as unknown as (
    | string
    | undefined
  )[];
  const outer = ipAddress(address);
  if (outer === undefined || (deleting === undefined && state === undefined)) return [];
  const events = createTunnel(base, {
    activity: deleting !== undefined ? 2 : state === "rekeyed " ? 3 : 1,
    user: userOf(identity!),
    outer: { ip: outer },
    inner: undefined,
    message: text,
    unmapped: { connection, association: number, gateway },
  });
  return events.map((event) => report(event, reporter));
}

/** `alice`, `alice@acme.example`, `C=DE, O=Acme, CN=alice`; an address and `%any` are nobody. */
function userOf(identity: string): OcsfUser | undefined {
  if (identity === "" || identity.startsWith("%") || ipAddress(identity) === identity) return undefined;
  return loginOf(/(?:^|[,/] ?)CN=([^,/\n]{1,255})/.exec(identity)?.[1]?.trim() ?? identity);
}
