/**
 * The packets that one record of an optimized drop lists: ` <192.0.2.4,59912,10.1.0.2,443,6;eth0> <…>`. The interface is new in later
 * versions; protocols without ports leave them out.
 *
 * @see https://support.checkpoint.com/results/sk/sk144192
 */
import { address, endOf, port } from "./fields.ts";
import type { Session } from "./session.ts";

const PACKET =
  /<([0-9A-Fa-f.:]{2,45}),(?:(\d{1,5}),)?([0-9A-Fa-f.:]{2,45}),(?:(\d{1,5}),)?(\d{1,3})(?:;([^<>;]{1,32}))?>/g;

/** What is read of a list at most; a record holds a few dozen packets. */
const MAX_TEXT = 8_192;
const MAX_PACKETS = 64;

/** Both ends and the protocol of each packet; those with no address are left out. */
export function checkPointPackets(text: string | undefined): Pick<Session, "source" | "destination" | "protocol">[] {
  const packets: Pick<Session, "source" | "destination" | "protocol">[] = [];
  for (const match of (text ?? "").slice(0, MAX_TEXT).matchAll(PACKET)) {
    const [, from, fromPort, to, toPort, protocol, interfaceName] = match as unknown as (string | undefined)[];
    const fields = new Map([
      ["from", from!],
      ["fromPort", fromPort ?? ""],
      ["to", to!],
      ["toPort", toPort ?? ""],
    ]);
    const source = endOf({ ip: address(fields, "from"), port: port(fields, "fromPort"), interfaceName });
    const destination = endOf({ ip: address(fields, "to"), port: port(fields, "toPort") });
    if (source === undefined && destination === undefined) continue;
    packets.push({ source, destination, protocol });
    if (packets.length === MAX_PACKETS) break;
  }
  return packets;
}
