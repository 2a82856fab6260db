/** Regular expressions of rules: the engines agree, hostile ones answer in time or are refused with the reason. */
import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { everything } from "../../../../test/extent.ts";
import { PositionAutomaton } from "./regex-automaton.ts";
import { bitSearch, tableSearch } from "./regex-search.ts";
import { isCatastrophic } from "./regex-ambiguity.ts";
import { parseRegex, RegexSyntaxError, type RegexFlags } from "./regex-syntax.ts";
import { compileRegex, MAX_REGEX_COST, MAX_REGEX_VALUE, RegexCostError } from "./regex.ts";

/** SIGMA_REGEX_RUNS=100000 for a long run. */
const RUNS = Number(process.env["SIGMA_REGEX_RUNS"] ?? (everything ? 600 : 150));
const PLAIN: RegexFlags = { ignoreCase: false, multiLine: false, dotAll: false };

const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\s", "é", "\\.", "0");
const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?");
const { expression } = fc.letrec<{ expression: string; part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: fc.tuple(atom, quantifier).map(([one, times]) => one + times) },
    { weight: 1, arbitrary: fc.tuple(tie("expression"), quantifier).map(([one, times]) => `(?:${one})${times}`) },
  ),
  expression: fc
    .array(
      fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    )
    .map((branches) => branches.join("|")),
}));
const edge = fc.constantFrom("", "", "^", "$", "\\b", "\\B", "(?:^|a)", "(?:b|$)", "(?:\\b|0)*");
const pattern = fc
  .tuple(fc.constantFrom("", "i", "m", "im"), edge, expression, edge, expression, edge)
  .map(([flags, ...parts]) => [flags === "" ? "" : `(?${flags})`, `${flags}u`, parts] as const)
  .map(([prefix, flags, [a, b, c, d, e]]) => ({ prefix, flags, body: `${a}(?:${b})${c}(?:${d})${e}` }));
const text = fc.stringMatching(/^[abAé0. \n]{0,14}$/);

test("all engines find what the native one and RE2 find", () => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 6 }), ({ prefix, flags, body }, texts) => {
      const native = new RegExp(body, flags);
      const source = prefix + body;
      const re2 = RE2JS.compile(source);
      const automaton = PositionAutomaton.of(parseRegex(source, PLAIN));
      if (automaton === null) return;
      const engines = {
        compiled: automaton.cost > MAX_REGEX_COST ? null : compileRegex(source, PLAIN).test,
        table: tableSearch(automaton),
        bits: bitSearch(automaton),
      };
      for (const one of texts) {
        expect(re2.test(one), `re2: ${source} on ${JSON.stringify(one)}`).toBe(native.test(one));
        for (const [engine, finds] of Object.entries(engines))
          if (finds !== null)
            expect(finds(one), `${engine}: ${source} on ${JSON.stringify(one)}`).toBe(native.test(one));
      }
    }),
    { numRuns: RUNS },
  );
});

test.each([
  String.raw`(?i)(^|[\\/"\s;|&(])(cat|type|more|less|head|tail|cp|copy|xcopy|grep|rg|findstr|strings|base64|xxd|scp|rsync|tar|zip|Get-Content|gc)(\.exe)?["']?\s`,
  String.raw`\b(?:\d{1,3}\.){3}\d{1,3}\b`,
  String.raw`(?i)\b(password|secret|token)\b\s*[:=]\s*['"]?[A-Za-z0-9+/=_-]{16,128}`,
  String.raw`(?i)https?://[a-z0-9.-]{1,253}\.(com|net|org)/.{0,200}\.exe`,
  String.raw`(?i)^git(\.exe)?\s+(-c\s+\S+\s+)*(push|clone)\s`,
  String.raw`(?m)^(.{0,300})a.{300}$`,
  String.raw`eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,500}\.[A-Za-z0-9_-]{10,500}`,
  String.raw`-----BEGIN ((RSA|EC|DSA|OPENSSH) )?PRIVATE KEY-----[\s\S]{64,1000}-----END`,
])("%s is no trouble", (source) => {
  const started = performance.now();
  expect(compileRegex(source, PLAIN).test("x".repeat(100))).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});

/** Pattern, then what is repeated to fill 64 KiB, then what follows. */
const HOSTILE: readonly (readonly [pattern: string, unit: string, end: string])[] = [
  ["^(a+)+$", "a", "!"],
  ["^(a|a)*$", "a", "!"],
  ["^(a|aa)+$", "a", "!"],
  ["^(a*)*$", "a", "!"],
  ["^(a*)*b$", "a", "!"],
  ["^(a?){30}a{30}$", "a", ""],
  ["(a?){500}a{500}b", "a", "b"],
  ["(x+x+)+y", "x", "yx"],
  ["(x*)*y", "x", "yx"],
  ["(.*)*=", "x", ""],
  [".*.*.*=.*", "x", "="],
  [".*.*.*.*.*.*.*!", "x", ""],
  ["(\\w+\\s?)+\\$", "aaaa ", "$"],
  ["^(\\w+\\s?)*$", "aaaa ", "!"],
  [
    "^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    "a",
    "!",
  ],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a", "!"],
  ["([a-z]+)*[0-9]", "a", "!"],
  ["(a+){10}b", "a", "!"],
  ["(a+a+)+b", "a", "!"],
  ["((a+){1,30})+$", "a", "b"],
  ["(a{0,100}){0,20}b", "a", "b"],
  ["(a{1,50}){1,50}b", "a", "b"],
  ["[ab]*a[ab]{12}c", "ab", "c"],
  ["[ab]*a[ab]{200}c", "aab", "c"],
  ["[ab]*a[ab]{900}c", "abbab", "c"],
  ["(.{0,500})a.{500}c$", "ab", "c"],
  [".{1,900}x.{1,900}$", "x", ""],
  ["(?:a|b|ab){1,400}c", "ab", "c"],
  ["(?:a|b|ab){1,1000}c", "ab", "c"],
  ["([a-z]{0,30}[0-9]{0,30}){0,30}#", "abc123", "#"],
  ["(\\w{1,100}\\s?){1,10}\\$", "aaaa ", "$"],
  ["[a-z]{1,200}[0-9]{1,200}z", "a1", "z"],
  ["(a.*b.*c.*d.*e.*f.*){5}g", "abcdef", "g"],
  ["\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+.*\\+z", "+", ""],
  ["\\{.*\\{.*\\{.*\\{.*\\{.*\\{.*\\{.*\\{.*\\}", "{", ""],
  ["\\b(\\w+)\\b.*\\b(\\w+)\\b!", "word ", "!"],
  ["(?i)(?:[a-z0-9]+[-._])*x$", "a-", ""],
  ["^\\s+|\\s+$", " ", "x "],
  ["\\s*,\\s*;", " ", ","],
  ["(\\s*\\w+\\s*)*;", " a ", ""],
  ["<(.|\\n)*?>", "<", ""],
  ["(<[^>]*>)*x", "<a>", "<"],
  ['("[^"]*"|[^",]*)*;', '"a",', ""],
  ["^(?:(?:[^;]+;)+)$", "a;", "!"],
  ["(0|[1-9][0-9]*)+x", "10", ""],
  ["^(([0-9]{1,3}\\.){3}[0-9]{1,3},?)*$", "10.0.0.1,", "x"],
  ["(https?://)?([\\w.-]+)+(/[\\w./-]*)*#", "a.b/", ""],
  ["^[\\s\\S]*[\\s\\S]*[\\s\\S]*q$", "x", ""],
  ["(é+)+ü", "é", ""],
  ["(😀+)+x", "😀", ""],
  ["(?:[^a]|[^b])*c$", "d", ""],
  ["(a|b|c|d|e|f|g)*z", "abcdefg", ""],
  ["((((((a*)*)*)*)*)*)*b", "a", ""],
  ["(a*b*c*)*d", "abc", ""],
  ["(?:(?:a|b)(?:a|b)?)+c", "ab", ""],
  ["^(?:.?){100}$", "x", ""],
  ["x{1000}{1000}", "x", ""],
  ["(x{1,1000}){1,1000}", "x", ""],
  ["(?=(a+))a*b\\1", "a", ""],
  ["(a+)\\1+b", "a", ""],
  ["(?<!a+)b", "a", "b"],
  ["(?:a{1,3}){1,300}b", "a", "b"],
  [".*a.{100}$", "ab", ""],
  ["\\b[ab]*a[ab]{300}c", "aab", "c"],
  ["(^|x)[ab]*a[ab]{900}c", "abbab", "c"],
  ["(?m)^(.{0,300})a.{300}$", "ab", "\n"],
  ["(?:^|;)(\\w{1,60}\\s?){1,10}\\$", "aaaa ", "$"],
  ["\\b(?:a|b|ab){1,400}c", "ab", "c"],
  ["(\\b\\w{1,30}\\b.{1,30}){1,10}#", "ab cd ", "#"],
  ["(a*)*\\b(b*)*$", "ab", "!"],
  ["(\\w+\\b\\s*)*;", "ab ", ""],
  ["(?i)(^|\\s)(a.{0,40}){0,20}b$", "a ", "c"],
];

/** Processor time in ms, the best of three: other work on the machine is not the engine's. */
function spent(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

describe("hostile expressions on 64 KiB", () => {
  test("there are sixty of them", () => expect(HOSTILE.length).toBeGreaterThanOrEqual(60));

  test.each(HOSTILE)("%s", (source, unit, end) => {
    let compiled: ReturnType<typeof compileRegex>;
    try {
      compiled = compileRegex(source, PLAIN);
    } catch (error) {
      expect(error instanceof RegexSyntaxError || error instanceof RegexCostError).toBe(true);
      expect((error as Error).message.length).toBeGreaterThan(10);
      return;
    }
    const fill = (piece: () => string): string => {
      let value = "";
      while (value.length < MAX_REGEX_VALUE - end.length) value += piece();
      return value.slice(0, MAX_REGEX_VALUE - end.length) + end;
    };
    // what repeats keeps an automaton among few states; what does not sends it through all of them
    const characters = [...unit, "a", "b"];
    let seed = 1;
    const shuffled = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return characters[seed % characters.length] as string;
    };
    for (const value of [fill(() => unit), fill(shuffled)])
      expect(spent(() => compiled.test(value))).toBeLessThanOrEqual(50);
  });
});

test.each([
  ["(a+)+$", true],
  ["(a|a)*", true],
  ["(\\w+\\s?)*$", true],
  ["(.*)*=", true],
  ["(a+b?)+c", true],
  ["(\\w+\\.)+com", false],
  ["(ab)+", false],
  ["a+b+c+", false],
  ["(a|b)*c", false],
  ["[a-z]+@[a-z]+", false],
  ["(?:[^;]+;)+", false],
])("%s is catastrophic where engines backtrack: %s", (source, expected) => {
  expect(isCatastrophic(parseRegex(source, PLAIN))).toBe(expected);
});
