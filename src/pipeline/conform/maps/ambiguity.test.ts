/** Records that two products claim alike are nobody's: no line of a golden case may be such a record. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import type { DecodedRecord } from "../define-map.ts";
import { LIKELY } from "../recognise.ts";
import { maps } from "./index.ts";

const golden = new URL("../golden/", import.meta.url);

test("no two maps claim a golden line alike", () => {
  const tied: string[] = [];
  for (const { id } of maps) {
    const folder = new URL(`${id}/`, golden);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".in")))
      for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
        const record = decoded(line);
        if (record === null) continue;
        const claims = maps.map((map) => ({ id: map.id, claim: map.recognise(record) }));
        const best = Math.max(...claims.map(({ claim }) => claim));
        const first = claims.filter(({ claim }) => claim === best && claim >= LIKELY);
        if (first.length > 1) tied.push(`${first.map((claim) => claim.id).join(" and ")}: ${file}: ${line}`);
      }
  }
  expect(tied).toEqual([]);
});

/** null for the damaged lines that no decoder takes. */
function decoded(line: string): DecodedRecord | null {
  try {
    return decode(line, 0);
  } catch (error) {
    if (error instanceof MalformedInputError) return null;
    throw error;
  }
}
