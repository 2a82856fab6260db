import type { SqlSchema } from "../../api/types.ts";
import { Spelled, Untrusted } from "../../text/untrusted.tsx";

/** Tables with their columns; a column's name goes into the question. */
export function SqlSchemaList({
  schema,
  onInsert,
}: {
  readonly schema: SqlSchema;
  readonly onInsert: (name: string) => void;
}) {
  return (
    <div className="schema">
      {schema.tables.map(({ name, about, columns }) => (
        <details key={name} open={name === "activity"}>
          <summary>
            <Untrusted text={name} />{" "}
            <span className="dimmer">
              <Untrusted text={about} form="sentence" />
            </span>
          </summary>
          <ul>
            {columns.map((column) => (
              <li key={column.name}>
                <button className="linkish mono" type="button" onClick={() => onInsert(column.name)}>
                  <Spelled text={column.name} />
                </button>
                <span className="dimmer">
                  <Untrusted text={shortType(column.type)} form="sentence" />
                </span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}

/** Without what matters to storage alone. */
function shortType(type: string): string {
  return type
    .replace(/^LowCardinality\((.*)\)$/, "$1")
    .replace(/^SimpleAggregateFunction\(\w+, (.*)\)$/, "$1")
    .replace("LowCardinality(String)", "String");
}
