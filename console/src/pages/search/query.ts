/** The words of the search field, and what they ask the API for. */
import type { Query } from "../../api/client.ts";

export interface SearchTerms {
  /** As `path:value`. */
  readonly fields: readonly string[];
  readonly source: readonly string[];
  readonly lane: readonly string[];
  readonly classes: readonly string[];
  readonly text: string;
}

const LANES = new Set(["endpoint", "network", "identity", "repository"]);
const TERM = /"((?:[^"\\]|\\.)*)"|\S+/g;
const MOST_TERMS = 50;

/**
 * `source:squid traffic.bytes_out:>1000 context.destination.verdict:unsanctioned "git push"`: a term with a dotted path before its colon
 * is a field, `source:`, `lane:` and `class:` are those, all else is text of the line. Quotes keep blanks together, also after a
 * colon.
 */
export function parseQuery(query: string): SearchTerms {
  const terms = { fields: [] as string[], source: [] as string[], lane: [] as string[], classes: [] as string[] };
  const text: string[] = [];
  for (const term of splitTerms(query).slice(0, MOST_TERMS)) {
    const colon = term.indexOf(":");
    const name = colon > 0 ? term.slice(0, colon) : "";
    const value = term.slice(colon + 1);
    if (name === "source" && value !== "") terms.source.push(value);
    else if (name === "lane" && LANES.has(value)) terms.lane.push(value);
    else if (name === "class" && /^[a-z_]{1,60}$|^\d{1,6}$/.test(value)) terms.classes.push(value);
    else if (/^[a-z_]+(?:\.[a-z_]+)+$/.test(name) && value !== "") terms.fields.push(term);
    else text.push(term);
  }
  return { ...terms, text: text.join(" ") };
}

function splitTerms(query: string): string[] {
  const terms: string[] = [];
  let joined = false;
  for (const match of query.matchAll(TERM)) {
    const quoted = match[1];
    const part = quoted === undefined ? match[0] : quoted.replaceAll(/\\(.)/g, "$1");
    // `path:"two words"` comes as `path:"two` and `words"`: put together again.
    if (joined && terms.length > 0) {
      terms[terms.length - 1] += ` ${part.replace(/"$/, "")}`;
      joined = !part.endsWith('"');
    } else if (quoted === undefined && /^[^"]+:"/.test(part)) {
      const open = !/^[^"]+:".*"$/.test(part) || part.endsWith(':"');
      terms.push(part.replace(':"', ":").replace(/"$/, ""));
      joined = open;
    } else terms.push(part);
  }
  return terms;
}

/** @param range ms; null: all of the time */
export function queryOf(terms: SearchTerms, range: { from: number; until: number } | null): Query {
  const list = (values: readonly string[]): readonly string[] | undefined => (values.length === 0 ? undefined : values);
  return {
    from: range === null ? undefined : Math.floor(range.from),
    until: range === null ? undefined : Math.ceil(range.until),
    field: list(terms.fields),
    source: list(terms.source),
    lane: list(terms.lane),
    class: list(terms.classes),
    text: terms.text === "" ? undefined : terms.text,
  };
}

/** `query` with a term more, or without it when it stands there. */
export function toggleTerm(query: string, term: string): string {
  const terms = splitTerms(query);
  const kept = terms.filter((one) => one !== term);
  const next = kept.length === terms.length ? [...terms, term] : kept;
  return next.map((one) => (/\s/.test(one) ? quote(one) : one)).join(" ");
}

function quote(term: string): string {
  const field = /^([a-z_.]+):(.*)$/s.exec(term);
  return field === null ? `"${term}"` : `${field[1]}:"${field[2]}"`;
}

/** What somebody may want to know first, answered by the store as it is. */
export const QUESTIONS: readonly { readonly ask: string; readonly query: string }[] = [
  { ask: "what went to places policy does not sanction", query: "context.destination.verdict:unsanctioned" },
  { ask: "pushes", query: "context.destination.operation:push" },
  { ask: "uploads by an API", query: "context.destination.operation:upload" },
  { ask: "more than 1 MB at once", query: "traffic.bytes_out:>=1000000" },
  { ask: "archives made", query: "class:process_activity 7z" },
  { ask: "sign-ins", query: "class:authentication" },
];
