import { useState } from "react";
import type { SqlResult } from "../../api/types.ts";
import { Head } from "../../frame/states.tsx";
import { bytes, count, counted } from "../../text/numbers.ts";
import { Untrusted } from "../../text/untrusted.tsx";

/** Rows drawn at once: ten thousand would take the page's breath. */
const STEP = 200;

/** The rows of an answer; every value is somebody else's text. */
export function SqlAnswer({
  answer,
  onSave,
}: {
  readonly answer: SqlResult;
  readonly onSave: (format: "csv" | "ndjson") => void;
}) {
  const [shown, setShown] = useState(STEP);
  const { columns, rows } = answer;
  const numeric = columns.map(({ type }) => /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type));
  return (
    <section aria-labelledby="h-answer">
      <Head
        id="h-answer"
        title={rows.length === 0 ? "No rows" : counted(rows.length, "row")}
        note={`${answer.truncated ? "the first of more; " : ""}${counted(answer.rows_read, "row")}, ${bytes(answer.bytes_read)} read in ${count(answer.elapsed_ms)} ms`}
        push={
          <>
            <button className="linkish" type="button" onClick={() => onSave("csv")}>
              CSV
            </button>
            <span>or</span>
            <button className="linkish" type="button" onClick={() => onSave("ndjson")}>
              NDJSON
            </button>
          </>
        }
      />
      {rows.length === 0 ? (
        <p className="dim">The question was understood, and nothing is like that.</p>
      ) : (
        <div className="hscroll" role="region" tabIndex={0} aria-label="Answer, scrolls sideways">
          <table className="results answer">
            <caption className="vh">Answer</caption>
            <thead>
              <tr>
                {columns.map(({ name, type }, at) => (
                  <th
                    key={`${at}${name}`}
                    scope="col"
                    className={numeric[at] === true ? "num" : undefined}
                    title={type}
                  >
                    <Untrusted text={name} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shown).map((row, index) => (
                <tr key={index}>
                  {row.map((value, at) => (
                    <td key={at} className={numeric[at] === true ? "num" : undefined}>
                      {value === null ? <span className="dimmer">null</span> : <Untrusted text={textOf(value)} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > shown && (
        <div className="btnrow">
          <button className="btn" type="button" onClick={() => setShown(shown + STEP)}>
            Show {STEP} more of {count(rows.length)}
          </button>
        </div>
      )}
    </section>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value);
}
