/** Events by time, class, fields and words, with their histogram; one of them beside the list. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { address } from "../../api/client.ts";
import { eventQuery, eventsQuery, histogramQuery, sourcesQuery } from "../../api/queries.ts";
import type { EventItem } from "../../api/types.ts";
import { Histogram } from "../../charts/histogram.tsx";
import { isSilent } from "../../frame/blind-now.ts";
import { useKeys } from "../../frame/keys.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { one } from "../../search-params.ts";
import { count, counted } from "../../text/numbers.ts";
import { local } from "../../text/time.tsx";
import { EventView } from "../incident/event-view.tsx";
import { Facets } from "./facets.tsx";
import { Results } from "./results.tsx";
import { SearchTabs } from "./search-tabs.tsx";
import { parseQuery, QUESTIONS, queryOf, toggleTerm } from "./query.ts";

const RANGES = { all: null, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;
const RANGE_NAMES: Readonly<Record<keyof typeof RANGES, string>> = {
  all: "All of the time",
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
};

export function SearchPage() {
  useTitle("Search");
  const search = useSearch({ from: "/search" });
  const navigate = useNavigate();
  const q = one(search.q);
  const [text, setText] = useState(q);
  const [lastQ, setLastQ] = useState(q);
  if (q !== lastQ) {
    setLastQ(q);
    setText(q);
  }
  const sources = useQuery(sourcesQuery).data;
  const newest = sources === undefined ? null : Math.max(0, ...sources.map((source) => source.last_event_time));
  const range = rangeOf(one(search.range), one(search.from), one(search.until), newest);
  const terms = useMemo(() => parseQuery(q), [q]);
  const filter = useMemo(() => queryOf(terms, range), [terms, range?.from, range?.until]);
  const ready = one(search.range) === "" || newest !== null;
  const events = useInfiniteQuery({ ...eventsQuery(filter), enabled: ready });
  const histogram = useQuery({ ...histogramQuery(filter), enabled: ready });
  const rows = useMemo(() => events.data?.pages.flatMap(({ items }) => items) ?? [], [events.data]);
  const [cursor, setCursor] = useState(0);
  const selected = rows[Math.min(cursor, rows.length - 1)];
  const table = useRef<HTMLTableElement>(null);
  const input = useRef<HTMLInputElement>(null);

  const go = (next: Readonly<Record<string, string | undefined>>): void => {
    setCursor(0);
    void navigate({ to: "/search", search: { ...search, ...next } });
  };
  const move = (by: number): void => {
    const next = Math.min(rows.length - 1, Math.max(0, cursor + by));
    setCursor(next);
    const row = table.current?.querySelectorAll<HTMLElement>("tr[data-row]")[next];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  useKeys("Search", [
    { keys: "j", with: "k", label: "move", foot: true, run: () => move(1) },
    { keys: "k", label: "move up", run: () => move(-1) },
    {
      keys: "f",
      label: "narrow down",
      foot: true,
      run: () => document.querySelector<HTMLElement>(".facet input")?.focus(),
    },
  ]);
  const silent = (sources ?? []).filter(isSilent);

  return (
    <>
      <main id="main" tabIndex={-1}>
        <h1 className="vh">Search</h1>
        <SearchTabs current="events" />
        <form
          className="querybar"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            go({ q: text });
          }}
        >
          <input
            ref={input}
            data-main-search
            type="search"
            aria-label="Query"
            placeholder="words, or field:value such as context.destination.verdict:unsanctioned traffic.bytes_out:>1000"
            value={text}
            maxLength={2_000}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <select
            aria-label="Time range"
            value={one(search.from) === "" ? one(search.range) || "all" : "chosen"}
            onChange={(event) =>
              go({
                range: event.target.value === "all" ? undefined : event.target.value,
                from: undefined,
                until: undefined,
              })
            }
          >
            {Object.entries(RANGE_NAMES).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            {one(search.from) !== "" && range !== null && (
              <option value="chosen">
                {local(range.from, "short")} to {local(range.until, "short")}
              </option>
            )}
          </select>
          <button className="btn primary" type="submit">
            Search <kbd>enter</kbd>
          </button>
        </form>
        <div className="ask">
          <span>Ask instead:</span>
          {QUESTIONS.map(({ ask, query }) => (
            <Link key={ask} to="/search" search={{ q: query }}>
              {ask}
            </Link>
          ))}
        </div>
        <div className="cols facets">
          <Facets rows={rows} q={q} onToggle={(term) => go({ q: toggleTerm(q, term) })} />
          <div>
            <section aria-labelledby="h-res">
              <Head
                id="h-res"
                title={histogram.data === undefined ? "Events" : counted(histogram.data.total, "event")}
                note={
                  rows.length === 0
                    ? undefined
                    : `${count(rows.length)} shown, newest first${silent.length === 0 ? "" : `; ${silent.map(({ id }) => id).join(", ")} silent at the end`}`
                }
                push={
                  <>
                    <a href={address("/api/v1/events.csv", filter)} download>
                      CSV
                    </a>
                    <span>or</span>
                    <a href={address("/api/v1/events.ndjson", filter)} download>
                      NDJSON
                    </a>
                  </>
                }
              />
              {histogram.data !== undefined && histogram.data.buckets.length > 0 ? (
                <Histogram
                  data={histogram.data}
                  onSelect={(from, until) =>
                    go({ range: undefined, from: String(Math.floor(from)), until: String(Math.ceil(until)) })
                  }
                />
              ) : (
                <div className="histogram" />
              )}
              {histogram.isError && !events.isError && <Failed what="Histogram not loaded" error={histogram.error} />}
            </section>
            {events.isError && <Failed what="Nothing found" error={events.error} retry={() => void events.refetch()} />}
            {events.isPending && <Pending rows={10} />}
            {events.isSuccess && rows.length === 0 && (
              <Empty title="No event is like that">
                <p>
                  Fields are OCSF paths or <code>context.…</code>, <code>*</code> stands for any run of characters, all
                  terms must hold. Take one away, widen the time, or start from one of the questions above.
                </p>
              </Empty>
            )}
            {rows.length > 0 && <Results ref={table} rows={rows} selected={selected} onSelect={setCursor} />}
            {events.hasNextPage && (
              <div className="btnrow">
                <button
                  className="btn"
                  type="button"
                  aria-busy={events.isFetchingNextPage}
                  onClick={() => void events.fetchNextPage()}
                >
                  Show 100 more
                </button>
              </div>
            )}
          </div>
          <aside className="pane" aria-labelledby="h-one">
            <section>
              <Head id="h-one" title="One event" note={selected?.source} />
              {selected === undefined ? <p className="dim">Choose one with j and k.</p> : <One event={selected} />}
            </section>
          </aside>
        </div>
      </main>
      <Foot>Queries are capped: an empty one is always cheap</Foot>
    </>
  );
}

function rangeOf(
  name: string,
  from: string,
  until: string,
  newest: number | null,
): { from: number; until: number } | null {
  if (/^\d{1,15}$/.test(from) && /^\d{1,15}$/.test(until)) return { from: Number(from), until: Number(until) };
  const length = Object.hasOwn(RANGES, name) ? RANGES[name as keyof typeof RANGES] : null;
  return length === null || newest === null ? null : { from: newest - length, until: newest + 1 };
}

function One({ event }: { readonly event: EventItem }) {
  const { data, error } = useQuery(eventQuery(event.uid));
  if (data !== undefined) return <EventView event={data} />;
  if (error !== null) return <Failed what="Event not loaded" error={error} />;
  return (
    <EventView
      event={{
        uid: event.uid,
        time: event.time,
        source: event.source,
        lane: event.lane,
        what: "",
        event: null,
        raw_data: event.raw_data,
      }}
    />
  );
}
