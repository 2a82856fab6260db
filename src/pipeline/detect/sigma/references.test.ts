/** Circles of correlations, against asking every document for everything it reaches. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkSigma, parseSigma, type SigmaCorrelation } from "./index.ts";
import { References } from "./references.ts";

const correlation = (name: string, rules: readonly string[]): string =>
  `title: ${name}\nname: ${name}\ncorrelation: { type: temporal, rules: [${rules.join(", ")}], timespan: 5m }\n`;

function correlationsOf(edges: readonly (readonly number[])[]): SigmaCorrelation[] {
  const text = edges.map((below, n) => correlation(`c${n}`, ["rule", ...new Set(below.map((each) => `c${each}`))]));
  const { documents } = parseSigma(text.join("---\n"), "c.yml");
  return documents.filter((document) => document.kind === "correlation");
}

test("circles are found, whatever refers to whatever", () => {
  const graph = fc
    .integer({ min: 1, max: 8 })
    .chain((size) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }));
  fc.assert(
    fc.property(graph, (edges) => {
      const documents = correlationsOf(edges);
      const references = new References(documents);
      const reaches = (from: number, to: number, seen = new Set<number>()): boolean => {
        if (from === to) return true;
        if (seen.has(from)) return false;
        seen.add(from);
        return (edges[from] ?? []).some((next) => reaches(next, to, seen));
      };
      for (const [from, below] of edges.entries()) {
        for (const to of below) {
          const [one, other] = [documents[from], documents[to]];
          if (one === undefined || other === undefined) throw new Error("a document is missing");
          expect(references.isCircular(one, other), `${from}→${to}`).toBe(reaches(to, from));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("chains and circles of thousands are no trouble", () => {
  const long = (last: string): string =>
    Array.from({ length: 4_000 }, (_, n) => correlation(`c${n}`, [n === 3_999 ? last : `c${n + 1}`])).join("---\n");
  const started = performance.now();
  const chain = checkSigma([{ file: "c.yml", text: long("missing") }]).issues;
  expect(chain.map(({ code }) => code)).toEqual(["correlation.rule"]);
  const circle = checkSigma([{ file: "c.yml", text: long("c0") }]).issues;
  expect(circle.filter(({ message }) => message.includes("reads itself"))).toHaveLength(4_000);
  expect(performance.now() - started).toBeLessThan(10_000);
});
