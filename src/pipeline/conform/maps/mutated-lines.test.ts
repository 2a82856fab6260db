/**
 * Lines of network, DNS and DHCP logs cut off, spliced and stretched: every one is refused, says nothing, or becomes an event that is
 * valid OCSF, and costs no more than its length.
 */
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import { validateEvent } from "../../../../test/ocsf/validate.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import { isStateful, type SourceMap } from "../define-map.ts";
import { maps } from "./index.ts";

const RUNS = Number(process.env["MAP_FUZZ_RUNS"] ?? 150);
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "" };

const IDS: ReadonlySet<string> = new Set(
  (
    "adguard-home cisco-asa cisco-ftd cisco-meraki cisco-umbrella cisco-wsa coredns dnsmasq-dhcp infoblox isc-dhcpd kea-dhcp " +
    "linux-iptables openvpn pfsense-filterlog strongswan technitium unbound windows-dns"
  ).split(" "),
);

/** What text formats are made of, and what breaks readers of them. */
const PIECES = [
  "",
  " ",
  ",",
  '"',
  "'",
  "=",
  ":",
  "/",
  "(",
  ")",
  "<",
  ">",
  "-",
  "\\",
  "\u0000",
  "\u202e",
  "999.9.9.9",
  "::",
  "{}",
  "0",
];

/** Unbounded expressions show on these. */
const STRETCHES = ["a", "1", " ", '"', "(", ":", "-", "a-b ", " to ", ", A: ", " a=b", "A-"];

function linesOf(id: string): string[] {
  const folder = new URL(`../golden/${id}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".in"))
    .flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"))
    .filter((line) => line !== "");
}

function conform(map: SourceMap, line: string): OcsfEvent[] {
  try {
    const record = decode(line, environment.fileModifiedTime);
    map.recognise(record);
    const results = isStateful(map) ? map.open(environment).push(record) : [map.conform(record, environment)].flat();
    return results.filter((result): result is OcsfEvent => result !== null && !(result instanceof MalformedInputError));
  } catch (error) {
    if (error instanceof MalformedInputError) return [];
    throw error;
  }
}

describe.each(maps.filter(({ id }) => IDS.has(id)).map((map) => ({ id: map.id, map, lines: linesOf(map.id) })))(
  "$id",
  ({ map, lines }) => {
    test("damaged lines are refused or stay valid", () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...lines),
          fc.nat(),
          fc.nat(40),
          fc.constantFrom(...PIECES),
          fc.boolean(),
          (line, place, length, piece, cut) => {
            const at = place % (line.length + 1);
            const mutated = line.slice(0, at) + piece + (cut ? "" : line.slice(at + length));
            for (const event of conform(map, mutated)) {
              expect(Number.isSafeInteger(event.time)).toBe(true);
              if (schema !== undefined) expect(validateEvent(schema, event)).toEqual([]);
            }
          },
        ),
        { numRuns: RUNS },
      );
    });

    test("long lines cost no more than their length", () => {
      for (const line of lines.slice(0, 12)) {
        for (const stretch of STRETCHES) {
          const at = Math.floor(line.length * 0.6);
          const long = line.slice(0, at) + stretch.repeat(Math.ceil(40_000 / stretch.length)) + line.slice(at);
          const before = process.cpuUsage();
          conform(map, long);
          const { user } = process.cpuUsage(before);
          expect(user / 1000, `${JSON.stringify(stretch)} in ${line.slice(0, 80)}`).toBeLessThan(250);
        }
      }
    });
  },
);
