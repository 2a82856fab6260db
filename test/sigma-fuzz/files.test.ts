/** Damaged and hostile rule files: nothing but the documented outcomes, and nothing slow. */
import { expect, test } from "vitest";
import { Dice } from "../dice.ts";
import { FUZZ_RUNS, ruleFile, withinTime } from "./inputs.ts";
import { checkSigma, compileRules, ISSUE_CODES, rawEventOptions } from "../../src/pipeline/detect/sigma/index.ts";

const EVENT = {
  Image: "C:\\git.exe",
  a: "x -a push",
  f: "aab",
  g: "10.1.1.1",
  h: ["aHR0cA"],
  n: 7,
  e: "2026-03-20 09:15:03",
  deep: { kw: "evil" },
};

test("rule files are checked, compiled and matched without any error but those documented, within 50 ms each", () => {
  const dice = new Dice(1);
  let sound = 0;
  for (let run = 0; run < FUZZ_RUNS / 4; run++) {
    const text = ruleFile(dice);
    const shown = `input ${run}: ${JSON.stringify(text.slice(0, 2_000))}`;
    try {
      withinTime(() => {
        const { documents, issues } = checkSigma([{ file: "f.yml", text }], { strict: run % 2 === 0 });
        for (const { code, place, message } of issues)
          if (!Object.hasOwn(ISSUE_CODES, code) || place.file !== "f.yml" || message === "")
            throw new Error(`an issue is not sound: ${JSON.stringify({ code, place, message })}`);
        if (documents.length === 0) return;
        sound += 1;
        const reasons: string[] = [];
        const set = compileRules<unknown>(documents, {
          ...rawEventOptions(),
          onDisabled: (_, reason) => reasons.push(reason),
        });
        set.match(EVENT);
        for (const rule of set.rules) set.explain(EVENT, rule);
        // a placeholder without value is the only reason a rule that parses may be switched off for
        const other = reasons.find((reason) => !reason.includes("placeholder"));
        if (other !== undefined) throw new Error(`a rule was switched off: ${other}`);
      }, shown);
    } catch (error) {
      throw new Error(shown, { cause: error });
    }
  }
  // the damage leaves enough whole to reach what comes after parsing
  expect(sound).toBeGreaterThan(FUZZ_RUNS / 40);
}, 300_000);
