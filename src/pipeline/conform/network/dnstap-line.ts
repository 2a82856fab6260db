/**
 * What `dnstap-read` prints of each message that passed the server:
 *
 *     20-Mar-2026 10:07:14.825 CQ 10.1.4.17:58986 -> 10.1.0.53:53 UDP 40b git.example/IN/A
 *
 * The first address is the one that asks, the second the one that answers, whichever way the message went.
 *
 * @see https://bind9.readthedocs.io/en/latest/manpages.html#dnstap-read-print-dnstap-data-in-human-readable-form
 */
import type { OcsfEndpoint } from "../../../model/activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";

const LINE =
  /^([SCARFTU])([QR]) (\?|[0-9A-Fa-f.:]{2,45}:\d{1,5}) (?:->|<-) (\?|[0-9A-Fa-f.:]{2,45}:\d{1,5}) (UDP|TCP|DOT|DOH|DNSCryptUDP|DNSCryptTCP|DOQ) (\d{1,6})b (\S{1,1024})\/([A-Z0-9]{2,16})\/([A-Z0-9-]{1,24})\s*$/;

export interface DnstapLine {
  /** `CQ`, `CR`: who the server is in it, and whether it is a query or an answer. */
  readonly code: string;
  readonly isResponse: boolean;
  readonly client: OcsfEndpoint | undefined;
  readonly server: OcsfEndpoint | undefined;
  readonly transport: "udp" | "tcp";
  readonly name: string;
  readonly class: string;
  readonly type: string;
}

/** null where the text, behind its time, is no such line. */
export function readDnstapLine(text: string): DnstapLine | null {
  const match = LINE.exec(text);
  if (match === null) return null;
  const [, side, kind, client, server, transport, , name, klass, type] = match as unknown as string[];
  return {
    code: `${side!}${kind!}`,
    isResponse: kind === "R",
    client: endOf(client!),
    server: endOf(server!),
    transport: /^UDP|UDP$|^DOQ$/.test(transport!) ? "udp" : "tcp",
    name: name!,
    class: klass!,
    type: type!,
  };
}

/** `10.1.4.17:58986`, `2001:db8::17:58986`; `?` where it is not known. */
function endOf(text: string): OcsfEndpoint | undefined {
  const colon = text.lastIndexOf(":");
  const ip = colon === -1 ? undefined : ipAddress(text.slice(0, colon));
  return ip === undefined ? undefined : { ip, port: portOf(Number(text.slice(colon + 1))) };
}
