/**
 * Event rules → a condition of ClickHouse SQL over stored activities, where every field the rule reads is a column.
 *
 * The matcher is the authority: a part that SQL could answer differently is refused, and the rule is evaluated on the
 * stored lines instead. The text depends on the rule alone, and texts of the rule only ever stand in it as quoted literals.
 */
import type { Logsource, SigmaFilter, SigmaRule } from "./document.ts";
import { Meter, PlanCompiler } from "./evaluator.ts";
import { EventView } from "./event-view.ts";
import { ModifierError } from "./modifier-error.ts";
import { OCSF_CLASSES } from "./ocsf-classes.ts";
import { plainText } from "./pattern.ts";
import type { Placeholders } from "./placeholder.ts";
import { planDetection, withFilters, type Plan } from "./plan.ts";
import type { ItemPredicate, Operator, Predicate } from "./predicate.ts";
import { DEFAULT_BUDGET } from "./rule-set.ts";
import { networkTest, patternTest, regexTest, sqlAll, sqlAny, UntranslatableError } from "./sql-text.ts";

/** A column that holds exactly what a field of rules reads. */
export interface SqlColumn {
  /** The expression, quoted. */
  readonly sql: string;
  /** What the expression is: a text, or a whole number that is not negative. */
  readonly type: "text" | "number";
  /**
   * What it holds where the event lacks the field. "null": NULL. "empty": '' or 0, which no event has for a value.
   * "ambiguous": '' or 0, which could also be a value. "never": every event has the field.
   */
  readonly missing: "null" | "empty" | "ambiguous" | "never";
  /** Classes whose events may have the field's value in the column's place of another field: inexact there. */
  readonly inexactIn?: readonly number[];
}

export type ColumnOf = (field: string) => SqlColumn | null;

export type RuleSql =
  | { readonly sql: string }
  /** Why the rule cannot be translated, to be read after “because”. */
  | { readonly reason: string };

/** A longer condition is no query any more. */
const MAX_SQL = 100_000;

/** The condition under which the rule holds, filters included; or why there is none. Never throws. */
export function compileSql(
  rule: SigmaRule,
  options: { columnOf: ColumnOf; filters?: readonly SigmaFilter[]; placeholders?: Placeholders },
): RuleSql {
  const placeholders = options.placeholders ?? new Map<string, readonly string[]>();
  try {
    const logsource = logsourceSql(rule.logsource);
    const classUid = OCSF_CLASSES.get(rule.logsource.service ?? "") ?? null;
    const plan = withFilters(planDetection(rule.detection, placeholders), rule, options.filters ?? [], placeholders);
    const detection = planSql(plan, (field) => exactColumn(field, classUid, options.columnOf));
    const sql = logsource === null ? detection : sqlAll([logsource, detection]);
    if (sql.length > MAX_SQL) return { reason: `its condition is longer than ${MAX_SQL} characters` };
    return { sql };
  } catch (error) {
    if (error instanceof UntranslatableError) return { reason: error.message };
    if (error instanceof ModifierError) return { reason: `${error.message}; ${error.fix}` };
    throw error;
  }
}

function logsourceSql({ category, product, service }: Logsource): string | null {
  if (product !== "ocsf" || category !== null)
    throw new UntranslatableError(
      "fields of public log sources are looked up in the record itself, which is no column",
    );
  if (service === null) return null;
  const classUid = OCSF_CLASSES.get(service);
  return classUid === undefined ? "false" : `class_uid = ${classUid}`;
}

function exactColumn(field: string | null, classUid: number | null, columnOf: ColumnOf): SqlColumn {
  if (field === null) throw new UntranslatableError("keywords are searched in the whole event");
  const column = columnOf(field);
  if (column === null) throw new UntranslatableError(`${field.slice(0, 80)} is no column`);
  if (column.inexactIn !== undefined && (classUid === null || column.inexactIn.includes(classUid)))
    throw new UntranslatableError(
      `the column of ${field} holds a neighbour of the field in some classes${classUid === null ? ", and the rule names no class" : ""}`,
    );
  return column;
}

function planSql(plan: Plan, columnOf: (field: string | null) => SqlColumn): string {
  switch (plan.type) {
    case "item":
      return itemSql(plan.item, columnOf(plan.item.field));
    case "not":
      return `NOT ${planSql(plan.plan, columnOf)}`;
    case "and":
      return sqlAll(plan.plans.map((child) => planSql(child, columnOf)));
    case "or":
      return sqlAny(plan.plans.map((child) => planSql(child, columnOf)));
    case "at-least":
      return `(arrayCount(part -> part, [${plan.plans.map((child) => planSql(child, columnOf)).join(", ")}]) >= ${plan.count})`;
  }
}

/** Always true or false, never NULL. */
function itemSql(item: ItemPredicate, column: SqlColumn): string {
  const present = presentSql(item, column);
  if (column.missing === "never") return present;
  const missing = holdsFor(item, undefined);
  if (column.missing === "null")
    return missing
      ? `coalesce(${column.sql} IS NULL OR ${present}, true)`
      : `coalesce(${column.sql} IS NOT NULL AND ${present}, false)`;
  const empty = column.type === "text" ? "" : 0;
  const alike = holdsFor(item, empty) === missing;
  if (column.missing === "ambiguous") {
    if (!alike)
      throw new UntranslatableError(
        `the column of ${item.field ?? ""} does not tell ${column.type === "text" ? "an empty text" : "0"} from a missing value, and the rule does`,
      );
    return present;
  }
  if (alike) return present;
  const literal = column.type === "text" ? "''" : "0";
  return missing ? `(${column.sql} = ${literal} OR ${present})` : `(${column.sql} != ${literal} AND ${present})`;
}

const NO_LOGSOURCE = { category: null, product: null, service: null, definition: null };

/** What the matcher says of one value. */
function holdsFor(item: ItemPredicate, value: unknown): boolean {
  const view = new EventView<unknown>();
  const slot = view.addSlot((event) => event);
  const compiler = new PlanCompiler(view, () => slot, new Meter(DEFAULT_BUDGET));
  const { evaluate } = compiler.compile({ type: "item", item }, NO_LOGSOURCE);
  view.open(value);
  return evaluate();
}

/** The item for an event that has the field. */
function presentSql({ groups, every, negated }: ItemPredicate, column: SqlColumn): string {
  const sql = every ? sqlAll(groups.map((group) => anySql(group, column))) : anySql(groups.flat(), column);
  return negated ? `NOT ${sql}` : sql;
}

function anySql(predicates: readonly Predicate[], column: SqlColumn): string {
  const conditions: string[] = [];
  const patterns = new Map<string, Extract<Predicate, { type: "text" }>[]>();
  const numbers: number[] = [];
  const text = column.type === "text" ? column.sql : `toString(${column.sql})`;
  const addPattern = (predicate: Extract<Predicate, { type: "text" }>): void => {
    const form = `${predicate.cased} ${predicate.dashes}`;
    const list = patterns.get(form);
    if (list === undefined) patterns.set(form, [predicate]);
    else list.push(predicate);
  };
  for (const predicate of predicates) {
    switch (predicate.type) {
      case "text": {
        const plain = column.type === "number" ? plainText(predicate.parts) : null;
        if (plain === null) addPattern(predicate);
        // what is not how the number is spelled equals none
        else if (isSpelled(plain)) numbers.push(Number(plain));
        break;
      }
      case "number":
        if (column.type === "number") numbers.push(...predicate.texts.filter(isSpelled).map(Number));
        else
          for (const one of predicate.texts)
            addPattern({ type: "text", parts: [{ type: "text", text: one }], cased: false, dashes: false });
        break;
      case "compare":
        if (column.type !== "number") throw new UntranslatableError(`numbers of ${column.sql} are stored as text`);
        conditions.push(compareSql(column.sql, predicate.operator, predicate.value));
        break;
      case "regex":
        conditions.push(regexTest(text, predicate.pattern, predicate.flags));
        break;
      case "cidr":
        conditions.push(networkTest(text, predicate.network));
        break;
      case "exists":
        conditions.push(String(predicate.expected));
        break;
      case "null":
        conditions.push("false");
        break;
      case "date":
        throw new UntranslatableError("parts of dates are read from texts of many forms");
      case "field":
        throw new UntranslatableError("two fields are compared");
    }
  }
  for (const list of patterns.values()) {
    const [first] = list;
    if (first !== undefined)
      conditions.unshift(
        patternTest(
          text,
          list.map(({ parts }) => parts),
          first,
        ),
      );
  }
  if (numbers.length > 0) {
    const distinct = [...new Set(numbers)].toSorted((a, b) => a - b);
    conditions.unshift(
      distinct.length === 1 ? `${column.sql} = ${distinct[0] as number}` : `${column.sql} IN (${distinct.join(", ")})`,
    );
  }
  return sqlAny(conditions);
}

/** Whether a text is how a whole number is spelled when it is made one: 4624, and neither 04624 nor 4624.0. */
function isSpelled(text: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
}

/** Whole numbers from 0 to 2^53 − 1 against any bound, as whole numbers. */
function compareSql(column: string, operator: Operator, bound: number): string {
  switch (operator) {
    case "lt":
      return atMost(column, Math.ceil(bound) - 1);
    case "lte":
      return atMost(column, Math.floor(bound));
    case "gt":
      return `NOT ${atMost(column, Math.floor(bound))}`;
    case "gte":
      return `NOT ${atMost(column, Math.ceil(bound) - 1)}`;
    case "eq":
      return Number.isSafeInteger(bound) && bound >= 0 ? `${column} = ${bound}` : "false";
  }
}

function atMost(column: string, bound: number): string {
  // compared all the same, so that NULL stays NULL
  if (bound < 0) return `(${column} < 0)`;
  return `(${column} <= ${Math.min(bound, Number.MAX_SAFE_INTEGER)})`;
}
