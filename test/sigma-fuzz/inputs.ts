/**
 * Damaged rule files and conditions for the fuzz tests: cheap to make, the same on every run. Mutations work on lists of
 * tokens, because damage to characters alone hardly gets past the YAML reader.
 */
import { expect } from "vitest";
import type { Dice } from "../dice.ts";

/** Inputs of all fuzz tests of the engine together, a quarter of them rule files; .ci/run sets SIGMA_FUZZ_RUNS=200000. */
export const FUZZ_RUNS = Number(process.env["SIGMA_FUZZ_RUNS"] ?? 4_000);

const HEAD = "title: t\nlogsource: { product: windows }\n";
/** Small sound documents, each another part of the language. */
const SEEDS = [
  `${HEAD}detection:\n  sel:\n    - Image|endswith: ['\\git.exe', "x"]\n    - Original: git*?\n  condition: 1 of sel*\n`,
  `${HEAD}id: 11111111-1111-4111-8111-111111111111\nstatus: test\ntags: [attack.t1567.001]\ndetection: { s: { a|contains|all|windash: [' -a', push] }, condition: s }\nlevel: high\n`,
  `${HEAD}detection: { s: { f|re|i: '(a|b)+[^c]{1,3}$', g|cidr: 10.0.0.0/8 }, k: [kw, 'e*l'], condition: s and not k }\n`,
  `${HEAD}detection: { s: { h|base64offset|contains: http, n|gte: 5 }, t: { w|windash|wide|base64: -x }, condition: all of them }\n`,
  `${HEAD}detection: { s: { a|expand: '%user%', b|exists: true, c: null, d|fieldref: a, e|hour|gt: 3 }, condition: s }\n`,
  `action: global\n${HEAD}---\ndetection: { s: { a: 1 }, condition: s }\n---\naction: repeat\ntitle: u\n`,
  `title: c\ncorrelation: { type: value_count, rules: [t], group-by: [x], timespan: 5m, condition: { field: y, gte: 3 } }\n`,
  `title: c\ncorrelation:\n  type: temporal_ordered\n  rules: [a, b]\n  timespan: 1h\n  condition: a and b\n  aliases: { u: { a: x, b: y } }\n`,
  `title: f\nlogsource: { product: windows }\nfilter: { rules: any, s: { User: x }, condition: not s }\n`,
  `${HEAD}detection: { s: [{ a: 1 }, { b|neq|cased: X }, word], condition: [s, not s] }\nsallyport: { points: 3 }\n`,
].map(tokensOf);

/** Words, runs of blanks, and every other character for itself. */
function tokensOf(text: string): string[] {
  return text.match(/\w+|\s+|[^\w\s]/g) ?? [];
}

const PIECES = [
  ..."|:,-'\"[]{}()\\*?#&!%>~@`\n\t",
  "\n  ",
  "\n    ",
  "- ",
  ": ",
  "|all",
  "|re",
  "|not",
  "|cidr",
  "|expand",
  "|contains",
  "|base64offset",
  "|utf16",
  "|wide",
  "|utf16be|base64",
  "–",
  "|windash",
  "|fieldref",
  "|minute",
  "|exists",
  "'((a+)+$'",
  "(a|a)*b",
  "[^\\]",
  "(?i)x{1,99}",
  "&a ",
  "*a",
  "!!js",
  "<<: ",
  "null",
  "true",
  "0x17",
  "1e999",
  "-0",
  "---\n",
  "action: global\n",
  "action: repeat\n",
  "condition: ",
  " and ",
  " not ",
  " or ",
  "1 of ",
  "them",
  "%x%",
  "\u0000",
  "\ud800",
  "é",
  "ſ",
  "__proto__",
  "constructor",
  "::ffff:1.2.3.4/97",
  "5m",
  "gte",
  "title",
  "detection",
  "correlation",
  "rules",
];

/** A rule file: mostly a small document with a few tokens removed, doubled, swapped or put in. */
export function ruleFile(dice: Dice): string {
  const kind = dice.below(100);
  if (kind < 2) return dice.of(PIECES).repeat(1 + dice.below(400));
  if (kind < 4) return Array.from({ length: dice.below(80) }, () => String.fromCharCode(dice.below(0x2_0000))).join("");
  const tokens = [...dice.of(SEEDS)];
  if (kind < 8) tokens.push("---\n", ...dice.of(SEEDS));
  for (let cuts = 1 + dice.below(4); cuts > 0; cuts--) {
    const at = dice.below(tokens.length + 1);
    switch (dice.below(5)) {
      case 0:
        tokens.splice(at, 1 + dice.below(3));
        break;
      case 1:
        tokens.splice(at, 0, dice.of(PIECES));
        break;
      case 2:
        tokens.splice(at, 1, dice.of(PIECES));
        break;
      case 3:
        tokens.splice(at, 0, ...tokens.slice(dice.below(tokens.length), dice.below(tokens.length)).slice(0, 12));
        break;
      default:
        tokens.splice(at, 1, dice.of(dice.of(SEEDS)));
    }
  }
  return tokens.join("");
}

const WORDS = [
  "and",
  "or",
  "not",
  "of",
  "1",
  "all",
  "any",
  "them",
  "(",
  ")",
  "sel",
  "sel_*",
  "*",
  "|",
  "count()",
  "by",
  "near",
  "0",
  "99999999999",
  "NOT",
  "_x",
  "é",
  "\u0000",
  "\ud800",
  "-",
  ".",
  "\n",
];
const NESTS = ["(", "not ", "a and ", "1 of ", "((a) or ", ")", "a ", "not (", "all of them or "];

/** A condition: mostly words of the language in any order, now and then nested deeply. */
export function conditionText(dice: Dice): string {
  const kind = dice.below(100);
  if (kind < 2) return dice.of(NESTS).repeat(1 + dice.below(3_000));
  if (kind < 6) return Array.from({ length: dice.below(60) }, () => String.fromCharCode(dice.below(0x300))).join("");
  return Array.from({ length: dice.below(24) }, () => dice.of(WORDS)).join(dice.below(5) === 0 ? "" : " ");
}

/** Fails when the work takes more than 50 ms of processor time; what falls into a collection of garbage is tried again. */
export function withinTime(work: () => void, shown: string): void {
  const started = performance.now();
  work();
  if (performance.now() - started <= 50) return;
  const times = [0, 1, 2].map(() => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  expect(Math.min(...times), shown).toBeLessThanOrEqual(50);
}
