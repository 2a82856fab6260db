/** Questions in ClickHouse's SQL, for those who may; what they can be asked of stands beside them. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { download, post } from "../../api/client.ts";
import { sessionQuery, sqlSchemaQuery } from "../../api/queries.ts";
import type { SqlResult } from "../../api/types.ts";
import { useKeys } from "../../frame/keys.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { say } from "../../frame/toast.tsx";
import { one } from "../../search-params.ts";
import { SearchTabs } from "./search-tabs.tsx";
import { SQL_QUESTIONS } from "./sql-questions.ts";
import { SqlAnswer } from "./sql-answer.tsx";
import { SqlSchemaList } from "./sql-schema-list.tsx";

const MAY = new Set(["engineer", "admin"]);

export function SqlPage() {
  useTitle("SQL");
  const search = useSearch({ from: "/search/sql" });
  const navigate = useNavigate();
  const session = useQuery(sessionQuery).data;
  const may = session !== undefined && MAY.has(session.role);
  const schema = useQuery({ ...sqlSchemaQuery, enabled: may });
  const [sql, setSql] = useState(one(search.q));
  const editor = useRef<HTMLTextAreaElement>(null);
  const question = useMutation({
    mutationFn: (query: string) => post<SqlResult>("/api/v1/sql", { query }, null),
  });

  const run = (query: string): void => {
    if (query.trim() === "" || question.isPending) return;
    setSql(query);
    // The address leads back to the question; opening it runs nothing.
    void navigate({ to: "/search/sql", search: { q: query.slice(0, 6_000) }, replace: true, resetScroll: false });
    question.mutate(query);
  };
  const insert = (name: string): void => {
    const area = editor.current;
    if (area === null) return;
    const written = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
    area.setRangeText(written, area.selectionStart, area.selectionEnd, "end");
    setSql(area.value);
    area.focus();
  };
  const save = (format: "csv" | "ndjson"): void => {
    void download(`/api/v1/sql.${format}`, { query: sql }, `answer.${format}`).catch((error: unknown) =>
      say(error instanceof Error ? error.message : "Not saved"),
    );
  };
  useKeys("SQL", [
    { keys: "f", label: "write the question", foot: true, run: () => editor.current?.focus() },
    { keys: "r", label: "run it again", foot: true, run: () => run(sql) },
  ]);

  return (
    <>
      <main id="main" tabIndex={-1}>
        <h1 className="vh">SQL</h1>
        <SearchTabs current="sql" />
        {session !== undefined && !may && (
          <Empty title="SQL is for engineers and administrators">
            <p>
              You are signed in as {session.role}. Everything else can be found under Events; whoever runs Sallyport can
              give you the role.
            </p>
          </Empty>
        )}
        {may && (
          <div className="cols">
            <div>
              <form
                className="sqlform"
                onSubmit={(event) => {
                  event.preventDefault();
                  run(sql);
                }}
              >
                <textarea
                  ref={editor}
                  data-main-search
                  className="mono"
                  aria-label="Question in SQL"
                  placeholder="SELECT source, count() FROM activity GROUP BY source"
                  spellCheck={false}
                  autoCapitalize="off"
                  autoComplete="off"
                  rows={Math.min(20, Math.max(6, sql.split("\n").length + 1))}
                  maxLength={20_000}
                  value={sql}
                  onChange={(event) => setSql(event.target.value)}
                  onKeyDown={(event) => {
                    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                      event.preventDefault();
                      run(event.currentTarget.value);
                    }
                    if (event.key === "Escape") event.currentTarget.blur();
                  }}
                />
                <div className="btnrow">
                  <button className="btn primary" type="submit" aria-busy={question.isPending}>
                    Run <kbd>ctrl enter</kbd>
                  </button>
                  <span className="dim">Reads only: ten seconds, 600 MB, 10,000 rows.</span>
                </div>
              </form>
              {question.isPending && <Pending rows={6} />}
              {question.isError && <Failed what="Not answered" error={question.error} />}
              {question.isSuccess && <SqlAnswer answer={question.data} onSave={save} />}
              <section aria-labelledby="h-ask">
                <Head id="h-ask" title="Ask for instance" note="each runs as it stands" />
                <ul className="questions">
                  {SQL_QUESTIONS.map(({ ask, sql: query }) => (
                    <li key={ask}>
                      <button className="linkish" type="button" onClick={() => run(query)}>
                        {ask}
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            </div>
            <aside className="pane" aria-labelledby="h-tables">
              {schema.isError && <Failed what="Tables not loaded" error={schema.error} />}
              <Head id="h-tables" title="Tables" note="a name is put into the question" />
              {schema.data === undefined ? (
                <Pending rows={6} />
              ) : (
                <SqlSchemaList schema={schema.data} onInsert={insert} />
              )}
            </aside>
          </div>
        )}
      </main>
      <Foot>A question that takes too long or too much is refused, not the store</Foot>
    </>
  );
}
