/**
 * The Sigma engine as a library: `import { compileRules, parseSigma } from "sallyport/sigma"`.
 *
 * ```ts
 * const { documents, issues } = parseSigma(text, "rule.yml");
 * const rules = compileRules(documents, rawEventOptions());
 * for (const rule of rules.match(event)) console.log(rule.title);
 * ```
 *
 * Needs no store, no files and nothing of Node's: it runs in a browser bundle. `rawEventOptions` reads events as they are;
 * for events of your own shape give `compileRules` a field resolver. See docs/sigma.md.
 */
export * from "./pipeline/detect/sigma/index.ts";
