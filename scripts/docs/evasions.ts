import { evasions, resultOf, type EvasionResult } from "../../demo/evasions/index.ts";
import { table } from "./markdown.ts";

const RESULTS: Readonly<Record<EvasionResult, string>> = {
  detected: "detected",
  partly: "partly",
  blind: "declared blind",
};

/** The evasions with what becomes of them; `test/evasions.test.ts` holds the page to its examples. */
export function evasionsPage(): string {
  const counts = Map.groupBy(evasions, resultOf);
  const many = (result: EvasionResult): number => counts.get(result)?.length ?? 0;
  return `# Evasions

Ways around the watching, each with example logs in \`test/evasions/\` that go through the whole pipeline: an example named \`seen\` leads to a
finding, one named \`unseen\` to none. What is seen in every example is *detected*, what is seen in some is *partly* so.

${many("detected")} detected, ${many("partly")} partly, ${many("blind")} declared blind.

${table(
  ["", "evasion", "what is left to see", "result", "found as", "examples", "what stays hidden"],
  evasions.map((evasion) => [
    evasion.id,
    evasion.title,
    evasion.signal,
    RESULTS[resultOf(evasion)],
    evasion.behaviours.map((behaviour) => `[\`${behaviour}\`](detections/${behaviour}.md)`).join(", "),
    Object.keys(evasion.examples)
      .map((name) => `[${name}](../../test/evasions/${evasion.id.toLowerCase()}-${name}.log)`)
      .join(", "),
    evasion.limits,
  ]),
)}`;
}
