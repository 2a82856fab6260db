/** What arrives, how fast, how late, where it fell silent, and what could not be read. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { quarantineQuery, quarantineReasonsQuery, sourcesQuery } from "../../api/queries.ts";
import type { Source } from "../../api/types.ts";
import { RateLine } from "../../charts/rate-line.tsx";
import { isSilent } from "../../frame/blind-now.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { LANE_NAMES, LANES, Meter } from "../../frame/marks.tsx";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { one } from "../../search-params.ts";
import { bytes, count, counted, share, span } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

export function SourcesPage() {
  useTitle("Sources");
  const { data: sources, error, isPending, refetch } = useQuery(sourcesQuery);
  const reasons = useQuery(quarantineReasonsQuery).data;
  const lines = reasons?.reduce((sum, reason) => sum + reason.lines, 0) ?? 0;
  const silent = sources?.filter(isSilent) ?? [];
  const until = Math.max(0, ...(sources ?? []).map((source) => source.last_event_time));
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>
            {sources === undefined
              ? "Sources"
              : `${counted(sources.length, "source")}, ${silent.length === 0 ? "none is silent" : `${silent.length} silent`}${lines === 0 ? "" : `, ${counted(lines, "line")} not read`}`}
          </h1>
          {sources !== undefined && sources.length > 0 && (
            <p>
              {counted(
                sources.reduce((sum, source) => sum + source.received, 0),
                "event",
              )}
              , newest <Time ms={until} />
            </p>
          )}
          <span className="push">
            <a href="/api/v1/sources.csv" download>
              CSV
            </a>
          </span>
        </div>
        {isPending && <Pending rows={8} />}
        {error !== null && <Failed what="Sources not loaded" error={error} retry={() => void refetch()} />}
        {sources?.length === 0 && (
          <Empty title="No source has sent anything yet">
            <p>
              Read logs with <code>sallyport scan LOGS --store STORE</code>; formats are recognised by themselves.
            </p>
          </Empty>
        )}
        {sources !== undefined && sources.length > 0 && <SourceTable sources={sources} until={until} />}
        <Gaps sources={sources ?? []} />
        <Quarantine />
      </main>
      <Foot>Hatched: not visible. With user, bytes, path: share of events that tell it.</Foot>
    </>
  );
}

function SourceTable({ sources, until }: { readonly sources: readonly Source[]; readonly until: number }) {
  const rows = (shown: readonly Source[]) =>
    shown.map((source) => <SourceRow key={source.id} source={source} until={until} />);
  const others = sources.filter(({ lane }) => lane === null);
  return (
    <div className="hscroll" role="region" tabIndex={0} aria-label="Sources, scrolls sideways">
      <table>
        <caption className="vh">Sources by kind of telemetry</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Last seven days, by hour</th>
            <th scope="col" className="num">
              Events
            </th>
            <th scope="col" className="num">
              Volume
            </th>
            <th scope="col">Newest event</th>
            <th scope="col" className="num">
              Behind
            </th>
            <th scope="col">With user</th>
            <th scope="col">With bytes</th>
            <th scope="col">With path</th>
          </tr>
        </thead>
        <tbody>
          {LANES.map((lane) => {
            const shown = sources.filter((source) => source.lane === lane);
            return [
              <tr key={lane}>
                <th scope="rowgroup" className="group" colSpan={9}>
                  {LANE_NAMES[lane]}
                </th>
              </tr>,
              shown.length === 0 ? (
                <tr key={`${lane} none`}>
                  <td colSpan={9} className="dim">
                    <span className="swatch-blind" aria-hidden="true" /> not visible: no source of this kind has sent
                    anything
                  </td>
                </tr>
              ) : (
                rows(shown)
              ),
            ];
          })}
          {others.length > 0 && (
            <tr>
              <th scope="rowgroup" className="group" colSpan={9}>
                Of more than one kind
              </th>
            </tr>
          )}
          {rows(others)}
        </tbody>
      </table>
    </div>
  );
}

function SourceRow({ source, until }: { readonly source: Source; readonly until: number }) {
  return (
    <tr>
      <th scope="row">
        <Link to="/search" search={{ q: `source:${source.id}` }}>
          {source.id}
        </Link>
        <small className="under">
          <Untrusted text={source.title.split(":", 1)[0] ?? ""} form="sentence" />
        </small>
      </th>
      <td>
        <RateLine source={source} until={until} />
      </td>
      <td className="num">{count(source.received)}</td>
      <td className="num">{bytes(source.bytes)}</td>
      <td className="nowrap">
        <Time ms={source.last_event_time} />
      </td>
      <td className={isSilent(source) ? "num strong" : "num dim"}>
        {source.behind_ms < 60_000 ? "no" : span(source.behind_ms)}
      </td>
      <ShareCell value={source.with_actor} />
      <ShareCell value={source.with_bytes_out} />
      <ShareCell value={source.with_url} />
    </tr>
  );
}

function ShareCell({ value }: { readonly value: number }) {
  return (
    <td className="nowrap">
      <Meter value={value} />
      {share(value)}
    </td>
  );
}

function Gaps({ sources }: { readonly sources: readonly Source[] }) {
  const gaps = sources
    .flatMap(({ id, gaps: silences, pause_ms }) => silences.map((gap) => ({ ...gap, id, usual: pause_ms })))
    // What a source says it has missed comes before silences, which may have been no more than that.
    .toSorted(
      (a, b) =>
        Number(b.reason !== undefined) - Number(a.reason !== undefined) || b.until - b.from - (a.until - a.from),
    )
    .slice(0, 10);
  if (gaps.length === 0) return null;
  return (
    <section aria-labelledby="h-gaps">
      <Head
        id="h-gaps"
        title="Gaps and longest silences"
        note="missed for certain, or silent for much longer than usual; what happened then was not seen by the source"
      />
      <ul className="blindlist gaps">
        {gaps.map(({ id, from, until, usual, reason }) => (
          <li key={`${id} ${from} ${until}`}>
            <span className="hatch" aria-hidden="true" />
            <div>
              {id}, {span(until - from)}: <Time ms={from} /> to <Time ms={until} />
              <p>
                {reason === undefined ? (
                  `Usually no longer than ${span(usual)}.`
                ) : (
                  <Untrusted text={reason} form="sentence" />
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Quarantine() {
  const search = useSearch({ from: "/sources" });
  const navigate = useNavigate();
  const reason = one(search.reason);
  const reasons = useQuery(quarantineReasonsQuery);
  const lines = useInfiniteQuery(quarantineQuery(reason === "" ? {} : { reason }));
  const items = lines.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="h-quarantine">
      <Head
        id="h-quarantine"
        title="Not read"
        note="lines set aside with the reason; nothing is dropped unsaid"
        push={
          <a href="/api/v1/quarantine.csv" download>
            CSV
          </a>
        }
      />
      {reasons.isError && (
        <Failed what="Reasons not loaded" error={reasons.error} retry={() => void reasons.refetch()} />
      )}
      {reasons.data?.length === 0 && <p className="dim">Every line that arrived could be read.</p>}
      {(reasons.data?.length ?? 0) > 0 && (
        <div className="cols even">
          <table>
            <caption className="vh">Reasons</caption>
            <thead>
              <tr>
                <th scope="col">Reason</th>
                <th scope="col">File</th>
                <th scope="col" className="num">
                  Lines
                </th>
              </tr>
            </thead>
            <tbody>
              {reasons.data?.map((row) => (
                <tr key={`${row.reason}${row.file}`}>
                  <th scope="row">
                    <button
                      className="linkish"
                      type="button"
                      aria-pressed={row.reason === reason}
                      onClick={() =>
                        void navigate({
                          to: "/sources",
                          search: row.reason === reason ? {} : { reason: row.reason },
                          resetScroll: false,
                        })
                      }
                    >
                      <Untrusted text={row.reason} form="sentence" />
                    </button>
                  </th>
                  <td>
                    <Untrusted text={row.file} />
                  </td>
                  <td className="num">{count(row.lines)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div>
            <table className="small">
              <caption className="vh">Lines</caption>
              <thead>
                <tr>
                  <th scope="col">Place</th>
                  <th scope="col">Line, its beginning</th>
                </tr>
              </thead>
              <tbody>
                {items.map(({ file, line, excerpt }) => (
                  <tr key={`${file}:${line}`}>
                    <td>
                      <Untrusted text={line === 0 ? file : `${file}:${line}`} />
                    </td>
                    <td>
                      <Untrusted text={excerpt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {lines.hasNextPage && (
              <div className="btnrow">
                <button className="btn" type="button" onClick={() => void lines.fetchNextPage()}>
                  Show 50 more
                </button>
              </div>
            )}
          </div>
        </div>
      )}
    </section>
  );
}
