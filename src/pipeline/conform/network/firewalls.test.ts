/**
 * Firewall records damaged in any place are refused or become events that are valid OCSF; and what records of one session report
 * adds up to what the session sent.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import { validateEvent } from "../../../../test/ocsf/validate.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import type { StatelessMap } from "../define-map.ts";
import checkPoint from "../maps/check-point.ts";
import fortinetFortigate from "../maps/fortinet-fortigate.ts";
import juniperSrx from "../maps/juniper-srx.ts";
import sonicwall from "../maps/sonicwall.ts";
import sophosFirewall from "../maps/sophos-firewall.ts";
import stormshield from "../maps/stormshield.ts";
import watchguard from "../maps/watchguard.ts";

const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "" };
const numRuns = Number(process.env["FUZZ_RUNS"] ?? 200);

const maps: readonly StatelessMap[] = [
  checkPoint,
  fortinetFortigate,
  juniperSrx,
  sonicwall,
  sophosFirewall,
  stormshield,
  watchguard,
];

function goldenLines(id: string): string[] {
  const folder = new URL(`../golden/${id}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".in") && existsSync(new URL(file, folder)))
    .flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"))
    .filter((line) => line !== "");
}

/** Events as they leave the program; empty for a line that is refused. */
function conform(map: StatelessMap, line: string): OcsfEvent[] {
  try {
    const record = decode(line, environment.fileModifiedTime);
    expect(map.recognise(record)).toBeLessThanOrEqual(1);
    const events = [map.conform(record, environment) ?? []].flat();
    return JSON.parse(JSON.stringify(events)) as OcsfEvent[];
  } catch (error) {
    if (error instanceof MalformedInputError) return [];
    throw error;
  }
}

const hostile = fc.constantFrom(
  "",
  '"',
  "=",
  "999.1.1.1",
  "::",
  "-1",
  "1e99",
  "__proto__=1",
  "\u0000",
  "\\",
  "[",
  "]",
  "|",
  "'",
  "N/A",
  "x".repeat(400),
  " ".repeat(300),
  "0".repeat(40),
);

/** The line with a part of it replaced: cut off, left out, put twice, or by hostile text. */
const damage = fc.record({
  from: fc.nat(1200),
  length: fc.nat(80),
  by: fc.oneof(hostile, fc.string({ maxLength: 20 })),
  cut: fc.boolean(),
});

describe.skipIf(schema === undefined).each(maps.map((map) => ({ id: map.id, map })))(
  "$id (skipped where ../shared/ocsf is absent)",
  ({ id, map }) => {
    test("refuses a damaged line or makes valid OCSF of it", () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...goldenLines(id)),
          fc.array(damage, { minLength: 1, maxLength: 4 }),
          (line, damages) => {
            const damaged = damages.reduce((text, { from, length, by, cut }) => {
              const at = from % (text.length + 1);
              return text.slice(0, at) + by + (cut ? "" : text.slice(at + length));
            }, line);
            expect(conform(map, damaged).flatMap((event) => validateEvent(schema!, event))).toEqual([]);
          },
        ),
        { numRuns },
      );
    });
  },
);

const sent = (events: readonly OcsfEvent[]) => events.reduce((sum, { traffic }) => sum + (traffic?.bytes_out ?? 0), 0);

const fortigate = (id: string, rest: string) =>
  `date=2026-03-20 time=10:20:00 tz="+0100" logid="${id}" type="traffic" subtype="forward" vd="root" srcip=10.1.4.18 srcport=50022 dstip=203.0.113.22 dstport=22 sessionid=48300 proto=6 ${rest}`;
const srx = (name: string, bytes: number) =>
  `<14>1 2026-03-20T10:40:18.040Z srx-2 RT_FLOW - ${name} [junos@2636.1.1.1.2.41 source-address="10.1.4.18" source-port="33040" destination-address="203.0.113.22" destination-port="22" protocol-id="6" session-id-32="28" bytes-from-client="${bytes}" bytes-from-server="10" elapsed-time="60"]`;
const sophos = (event: string, bytes: number) =>
  `device_name="SFW" timestamp="2026-03-20T10:16:04+0100" log_id="010101600001" log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" src_ip="10.1.4.17" dst_ip="203.0.113.20" bytes_sent=${bytes} bytes_received=1 con_event="${event}" con_id="1"`;
const sonic = (message: number, bytes: number) =>
  `id=firewall sn=0040103CE114 time="2026-03-20 09:16:04 UTC" fw=198.51.100.10 pri=6 m=${message} msg="Connection" src=10.1.4.17:1:X0 dst=203.0.113.20:443:X1 proto=tcp/https sent=${bytes} rcvd=1`;

test.each([
  {
    name: "FortiGate: deltas of a long session",
    map: fortinetFortigate,
    lines: [
      fortigate("0000000020", 'action="accept" sentbyte=4000 sentdelta=4000 rcvdbyte=1 rcvddelta=1'),
      fortigate("0000000020", 'action="accept" sentbyte=9000 sentdelta=5000 rcvdbyte=2 rcvddelta=1'),
      fortigate("0000000013", 'action="close" sentbyte=9500 sentdelta=500 rcvdbyte=2 rcvddelta=0'),
    ],
    bytes: 9500,
  },
  {
    name: "FortiGate: totals without deltas count at the end alone",
    map: fortinetFortigate,
    lines: [
      fortigate("0000000020", 'action="accept" sentbyte=4000 rcvdbyte=1'),
      fortigate("0000000020", 'action="accept" sentbyte=9000 rcvdbyte=1'),
      fortigate("0000000013", 'action="close" sentbyte=9500 rcvdbyte=2'),
    ],
    bytes: 9500,
  },
  {
    name: "SRX: volume updates are running totals",
    map: juniperSrx,
    lines: [
      srx("APPTRACK_SESSION_VOL_UPDATE", 400),
      srx("APPTRACK_SESSION_VOL_UPDATE", 900),
      srx("APPTRACK_SESSION_CLOSE", 950),
    ],
    bytes: 950,
  },
  {
    name: "Sophos: interim records are running totals",
    map: sophosFirewall,
    lines: [sophos("Interim", 400), sophos("Interim", 900), sophos("Stop", 950)],
    bytes: 950,
  },
  {
    name: "SonicWall: the first packet is counted again at the close",
    map: sonicwall,
    lines: [sonic(98, 52), sonic(537, 950)],
    bytes: 950,
  },
])("$name", ({ map, lines, bytes }) => {
  expect(sent(lines.flatMap((line) => conform(map, line)))).toBe(bytes);
});

test("a report of a session that goes on keeps its running totals", () => {
  const [event] = conform(fortinetFortigate, fortigate("0000000020", 'action="accept" sentbyte=9000 rcvdbyte=7'));
  expect(event).toMatchObject({ cumulative_traffic: { bytes_out: 9000, bytes_in: 7 } });
  expect(event!.traffic).toBeUndefined();
});

test.each([
  ["s", "eventtime=1773998101", 1_773_998_101_000],
  ["ms", "eventtime=1773998101123", 1_773_998_101_123],
  ["us", "eventtime=1773998101123456", 1_773_998_101_123],
  ["ns", "eventtime=1773998101123456789", 1_773_998_101_123],
  ["no eventtime", "", 1_773_998_102_000],
  ["one that contradicts date and zone", "eventtime=1700000000", 1_773_998_102_000],
])("FortiGate eventtime in %s", (_unit, eventTime, time) => {
  const line = `date=2026-03-20 time=10:15:02 ${eventTime} tz="+0100" logid="0000000013" type="traffic" subtype="forward" vd="root" srcip=10.1.4.18 dstip=203.0.113.22 action="close"`;
  expect(conform(fortinetFortigate, line)[0]!.time).toBe(time);
});

test("FortiGate eventtime without a zone corrects the local time", () => {
  const line =
    'date=2026-03-20 time=02:15:02 eventtime=1773998101 logid="0000000013" type="traffic" subtype="forward" vd="root" srcip=10.1.4.18 dstip=203.0.113.22 action="close"';
  expect(conform(fortinetFortigate, line)[0]!.time).toBe(1_773_998_101_000);
});
