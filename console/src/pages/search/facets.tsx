import type { EventItem } from "../../api/types.ts";
import { LANE_NAMES, LANES } from "../../frame/marks.tsx";
import { count } from "../../text/numbers.ts";

/** What the events shown have in common, each a term to narrow the query by. */
export function Facets({
  rows,
  q,
  onToggle,
}: {
  readonly rows: readonly EventItem[];
  readonly q: string;
  readonly onToggle: (term: string) => void;
}) {
  const groups = [
    { title: "Kind", term: (value: string) => `lane:${value}`, values: tally(rows, ({ lane }) => lane ?? "") },
    { title: "Source", term: (value: string) => `source:${value}`, values: tally(rows, ({ source }) => source) },
    { title: "Class", term: (value: string) => `class:${value}`, values: tally(rows, ({ class_name: name }) => name) },
    {
      title: "Operation",
      term: (value: string) => `context.destination.operation:${value}`,
      values: tally(rows, ({ operation }) => operation),
    },
    {
      title: "Verdict",
      term: (value: string) => `context.destination.verdict:${value}`,
      values: tally(rows, ({ verdict }) => verdict),
    },
  ];
  return (
    <aside aria-labelledby="h-narrow">
      <h2 className="vh" id="h-narrow">
        Narrow down
      </h2>
      {groups.map(({ title, term, values }) =>
        values.length === 0 ? null : (
          <div className="facet" key={title}>
            <h3>
              {title} <span className="dimmer">of those shown</span>
            </h3>
            <ul>
              {values.map(([value, number]) => (
                <li key={value}>
                  <label>
                    <input type="checkbox" checked={q.includes(term(value))} onChange={() => onToggle(term(value))} />{" "}
                    {LANES.find((lane) => lane === value) === undefined
                      ? value.replaceAll("_", " ")
                      : LANE_NAMES[value as keyof typeof LANE_NAMES]}
                  </label>
                  <span>{count(number)}</span>
                </li>
              ))}
            </ul>
          </div>
        ),
      )}
    </aside>
  );
}

function tally(rows: readonly EventItem[], of: (row: EventItem) => string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = of(row);
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).slice(0, 8);
}
