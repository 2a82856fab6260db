/** Conditions that aggregate with `|`, as rules did before correlations: what to write instead. */

const MAX_LENGTH = 500;
const AGGREGATE =
  /^(count|min|max|avg|sum)\s{0,8}\(([^()]{0,100})\)\s{0,8}(?:by\s{1,8}([\w.@,\s-]{1,200}?)\s{0,8})?(>=|<=|==|!=|>|<|=)\s{0,8}(\d{1,15})$/i;
const COMPARISONS: Readonly<Record<string, string>> = {
  ">": "gt",
  ">=": "gte",
  "<": "lt",
  "<=": "lte",
  "=": "eq",
  "==": "eq",
  "!=": "neq",
};

export interface AggregationContext {
  /** How the correlation can refer to the rule: its id or name. */
  readonly reference: string;
  readonly title: string;
  /** `detection.timeframe`, null when the rule has none. */
  readonly timeframe: string | null;
}

/** The documents that replace the condition, as instructions with YAML; null when it is of no known form. */
export function replaceAggregation(
  condition: string,
  { reference, title, timeframe }: AggregationContext,
): string | null {
  const bar = condition.indexOf("|");
  if (bar < 0 || condition.length > MAX_LENGTH) return null;
  const base = condition.slice(0, bar).trim();
  const aggregate = condition.slice(bar + 1).trim();
  const timespan = timeframe ?? "1h";
  // a title is no reference: the rule needs an id or a name
  const named = reference === title ? nameFrom(title) : null;
  const rule = named ?? reference;
  const naming = named === null ? "" : `give the rule \`name: ${named}\`, `;
  const head = `${naming}keep \`condition: ${base}\`${timeframe === null ? "" : " without `timeframe`"} and add this document after \`---\`:\n`;
  if (/^near\s/i.test(aggregate)) {
    const others = aggregate
      .slice(5)
      .replace(/\swithin\s.*$/i, "")
      .split(/[^\w-]+/)
      .filter((word) => word !== "" && !/^(?:and|or|not|\d+)$/i.test(word));
    const rules = [rule, ...(others.length > 0 ? others : ["other_rule"])].map((name) => `    - ${scalar(name)}`);
    const span = /\swithin\s{1,8}(\d{1,6}[smhd])\b/i.exec(aggregate)?.[1] ?? timespan;
    return `${naming}put every selection of \`near\` in a rule of its own with its name, and add this document after \`---\`:\n${document(title, ["type: temporal", "rules:", ...rules, "group-by:", "    - ComputerName", `timespan: ${span}`])}`;
  }
  const match = AGGREGATE.exec(aggregate);
  if (match === null) return null;
  const [, name = "", argument = "", by = "", sign = "", number = ""] = match;
  const operation = name.toLowerCase();
  const field = argument.trim();
  const type =
    operation === "count"
      ? field === ""
        ? "event_count"
        : "value_count"
      : operation === "sum"
        ? "value_sum"
        : operation === "avg"
          ? "value_avg"
          : null;
  if (type === null)
    return `there is no correlation for ${operation}; compare each event with \`${field}|${operation === "min" ? "lt" : "gt"}: ${number}\` instead`;
  const groups = by.split(/[,\s]+/).filter((group) => group !== "");
  return (
    head +
    document(title, [
      `type: ${type}`,
      "rules:",
      `    - ${scalar(rule)}`,
      ...(groups.length > 0 ? ["group-by:", ...groups.map((group) => `    - ${scalar(group)}`)] : []),
      `timespan: ${timespan}`,
      "condition:",
      ...(field === "" ? [] : [`    field: ${scalar(field)}`]),
      `    ${COMPARISONS[sign] ?? "gte"}: ${number}`,
    ])
  );
}

function nameFrom(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z\d]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return name === "" ? "rule" : name.slice(0, 60);
}

function document(title: string, lines: readonly string[]): string {
  return [`title: ${scalar(title)}`, "correlation:", ...lines.map((line) => `    ${line}`)].join("\n");
}

/** Quoted where YAML would read the text as something else. */
function scalar(text: string): string {
  return /^[A-Za-z_][\w .()/-]*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off)$/i.test(text) &&
    !text.endsWith(" ")
    ? text
    : JSON.stringify(text);
}
