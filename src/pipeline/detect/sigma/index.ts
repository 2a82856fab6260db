/** The Sigma engine: parse, check, compile, match, explain. Pure, and without anything of Node's. */
export type {
  Baseline,
  Comparison,
  Condition,
  CorrelationCondition,
  CorrelationType,
  Detection,
  DetectionItem,
  DetectionNode,
  Logsource,
  Metadata,
  RuleReference,
  Selection,
  SigmaCorrelation,
  SigmaDocument,
  SigmaFilter,
  SigmaRule,
} from "./document.ts";
export { COMPARISONS, CORRELATION_TYPES } from "./document.ts";
export { ISSUE_CODES, type IssueCode, type SigmaIssue } from "./issue.ts";
export { parseCondition, ConditionSyntaxError, type ConditionNode } from "./condition.ts";
export { checkSigma, type CheckOptions, type SigmaFile } from "./check.ts";
export { parseSigma } from "./parse.ts";
export { timespanMs } from "./parse-correlation.ts";
export { compileRules, DEFAULT_BUDGET, type CompileOptions, type FieldResolver, type RuleSet } from "./rule-set.ts";
export type { Explanation, ExplanationNode } from "./explain.ts";
export { rawApplies, rawEventOptions } from "./raw.ts";
export { planDetection, refersTo, type Plan } from "./plan.ts";
export type { ItemPredicate, Predicate } from "./predicate.ts";
