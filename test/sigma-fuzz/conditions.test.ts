/** Damaged and hostile conditions parse or say why not, and nothing is slow. */
import { expect, test } from "vitest";
import { Dice } from "../dice.ts";
import { conditionText, FUZZ_RUNS, withinTime } from "./inputs.ts";
import { ConditionSyntaxError, parseCondition } from "../../src/pipeline/detect/sigma/index.ts";

test("conditions parse or throw a ConditionSyntaxError, within 50 ms each", () => {
  const dice = new Dice(2);
  let parsed = 0;
  for (let run = 0; run < (FUZZ_RUNS * 3) / 4; run++) {
    const text = conditionText(dice);
    const shown = `input ${run}: ${JSON.stringify(text.slice(0, 2_000))}`;
    withinTime(() => {
      try {
        parseCondition(text);
        parsed += 1;
      } catch (error) {
        if (!(error instanceof ConditionSyntaxError)) throw new Error(shown, { cause: error });
        if (error.message === "" || error.offset < 0 || error.offset > text.length)
          throw new Error(`${shown}: ${error.message} at ${error.offset}`, { cause: error });
      }
    }, shown);
  }
  expect(parsed).toBeGreaterThan(FUZZ_RUNS / 100);
}, 300_000);
