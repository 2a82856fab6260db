/** What an ESXi host sends to the log server. */
import type { Host } from "../company.ts";
import type { World } from "../world.ts";
import { esxiLine, type EsxiRecord } from "../writers/esxi.ts";

export function hypervisorEvent(
  world: World,
  time: number,
  host: Host,
  worldId: number,
  event: EsxiRecord["event"],
): void {
  const record = { time, host: `${host.name}.${world.company.profile.domain}`, world: worldId, event };
  world.book.add("esxi/syslog.log", time, () => [esxiLine(record)]);
}
