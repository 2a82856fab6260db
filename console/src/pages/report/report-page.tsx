/** The three questions of those who answer for it, from evidence, on paper. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { DISPOSITIONS } from "../../api/actions.ts";
import {
  countsQuery,
  coverageQuery,
  incidentsQuery,
  policyQuery,
  rulesQuery,
  sessionQuery,
  sourcesQuery,
  statusQuery,
} from "../../api/queries.ts";
import type { Incident } from "../../api/types.ts";
import { isSilent } from "../../frame/blind-now.ts";
import { useKeys } from "../../frame/keys.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { LANE_NAMES, Meter, SEVERITIES, SeverityWord } from "../../frame/marks.tsx";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { bytes, counted, share } from "../../text/numbers.ts";
import { both, local, Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

const HOURS = 168;
const ROWS = 20;

export function ReportPage() {
  useTitle("Report");
  const incidents = useInfiniteQuery(incidentsQuery({}));
  const counts = useQuery(countsQuery({})).data;
  const coverage = useQuery(coverageQuery).data;
  const sources = useQuery(sourcesQuery).data;
  const rules = useQuery(rulesQuery).data;
  const status = useQuery(statusQuery).data;
  const policy = useQuery(policyQuery).data;
  const session = useQuery(sessionQuery).data;
  const rows = incidents.data?.pages.flatMap(({ items }) => items) ?? [];
  useKeys("Report", [{ keys: "p", label: "print", foot: true, run: () => print() }]);
  const first = Math.min(...(sources ?? []).map((source) => source.first_event_time));
  const last = Math.max(...(sources ?? []).map((source) => source.last_event_time));
  return (
    <>
      <main id="main" tabIndex={-1} className="report">
        <div className="pagehead">
          <h1>
            What left{" "}
            {policy?.organization == null ? (
              "the organisation"
            ) : (
              <Untrusted text={policy.organization} form="sentence" />
            )}{" "}
            through code repositories
          </h1>
          <p>
            {sources === undefined || sources.length === 0
              ? "\u00a0"
              : `${local(first, "date")} to ${local(last, "date")}, `}
            {status === undefined
              ? ""
              : `${counted(status.store.activities, "event")} of ${counted(status.sources.length, "source")}`}
          </p>
          <span className="push">
            <button className="btn" type="button" onClick={() => print()}>
              Print <kbd>p</kbd>
            </button>
          </span>
        </div>
        <p className="printonly figure-note">
          {session?.name}, {both(Date.now())}, Sallyport {status?.version}
        </p>
        {incidents.isPending && <Pending rows={10} />}
        {incidents.isError && (
          <Failed what="Report not made" error={incidents.error} retry={() => void incidents.refetch()} />
        )}
        {counts !== undefined && incidents.isSuccess && (
          <section aria-labelledby="q1">
            <Head id="q1" title="1. Did anything leave that should not have?" />
            <p className="statement">{whatLeft(rows, counts.total)}</p>
            <IncidentTable rows={rows.slice(0, ROWS)} />
            {counts.total > ROWS && (
              <p className="figure-note">
                The {ROWS} highest of {counts.total}. <Link to="/">All of them</Link>
              </p>
            )}
          </section>
        )}
        {coverage !== undefined && sources !== undefined && (
          <section aria-labelledby="q2">
            <Head id="q2" title="2. Would we see it if it did?" />
            <p className="statement">{wouldSee(coverage.behaviours, sources.filter(isSilent).length)}</p>
            <table className="cov">
              <caption className="vh">What is visible by kind of telemetry</caption>
              <tbody>
                {coverage.lanes.map(({ lane, sources: ids, hours }) => (
                  <tr key={lane}>
                    <th scope="row">{LANE_NAMES[lane]}</th>
                    <td>{ids.length === 0 ? "no source" : ids.join(", ")}</td>
                    <td className="layer">
                      <Meter value={Math.min(1, hours / HOURS)} />
                      {share(Math.min(1, hours / HOURS))} of the last {HOURS} hours
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <ul className="blindlist">
              {coverage.blind_spots.slice(0, 6).map(({ code, text, incidents: number }) => (
                <li key={`${code}${text}`}>
                  <span className="hatch" aria-hidden="true" />
                  <div>
                    <Untrusted text={text} form="sentence" />
                    <p>{counted(number, "incident")}</p>
                  </div>
                </li>
              ))}
            </ul>
          </section>
        )}
        {counts !== undefined && rules !== undefined && (
          <section aria-labelledby="q3">
            <Head id="q3" title="3. Is it being dealt with, and can the alarms be trusted?" />
            <p className="statement">{dealtWith(rows, counts.states.open ?? 0, counts.unassigned)}</p>
            <dl className="facts">
              {SEVERITIES.toReversed().map((severity) =>
                counts.severities[severity] === undefined ? null : (
                  <div className="fact" key={severity}>
                    <dt>
                      <SeverityWord severity={severity} />
                    </dt>
                    <dd>{counted(counts.severities[severity] ?? 0, "incident")}</dd>
                  </div>
                ),
              )}
              <dt>Rules</dt>
              <dd>
                {counted(rules.length, "rule")}, {rules.filter(({ findings }) => findings > 0).length} have found
                something here
              </dd>
            </dl>
          </section>
        )}
      </main>
      <Foot>Printed without bar and keys, every number from what is stored</Foot>
    </>
  );
}

function whatLeft(rows: readonly Incident[], total: number): string {
  if (total === 0) return "Nothing that the sources show. What they cannot show is under 2.";
  const out = rows.filter(({ destination_details: details }) =>
    details.some(({ verdict }) => verdict === "unsanctioned"),
  );
  const told = out.reduce((sum, { bytes_out: sent }) => sum + (sent ?? 0), 0);
  const untold = out.filter(({ bytes_out: sent }) => sent === null).length;
  const confirmed = rows.filter(({ disposition }) => disposition?.startsWith("tp") === true).length;
  return [
    `${counted(total, "incident")}, ${out.length} to places that policy does not sanction: ${told === 0 ? "how much is not told" : `at least ${bytes(told)}`}`,
    ...(untold > 0 && told > 0 ? [`; of ${untold} the amount is not told`] : []),
    `. ${confirmed === 0 ? "None has been confirmed yet" : `${confirmed} confirmed`}.`,
  ].join("");
}

function wouldSee(
  behaviours: readonly { readonly fed: boolean; readonly last_time: number | null }[],
  silent: number,
): string {
  const fed = behaviours.filter((behaviour) => behaviour.fed).length;
  const proven = behaviours.filter(({ last_time: last }) => last !== null).length;
  return `Rules for ${fed} of ${behaviours.length} behaviours have the logs they need, ${proven} have been found here. ${
    silent === 0 ? "No source is silent." : `${counted(silent, "source")} ${silent === 1 ? "is" : "are"} silent now.`
  }`;
}

function dealtWith(rows: readonly Incident[], open: number, unassigned: number): string {
  const judged = rows.filter(({ disposition }) => disposition !== null && disposition !== "duplicate");
  const right = judged.filter(({ disposition }) => disposition?.startsWith("tp") === true).length;
  const trust = judged.length === 0 ? "None has been judged yet" : `Of ${judged.length} judged, ${right} were right`;
  return `${open} open, ${unassigned} of them in nobody's hands. ${trust}.`;
}

function IncidentTable({ rows }: { readonly rows: readonly Incident[] }) {
  if (rows.length === 0) return null;
  return (
    <table>
      <caption className="vh">Incidents, highest risk first</caption>
      <thead>
        <tr>
          <th scope="col" className="num points">
            Risk
          </th>
          <th scope="col">What</th>
          <th scope="col" className="num">
            Out
          </th>
          <th scope="col">When</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ uid, risk_score: score, title, bytes_out: out, last_time: last, state, disposition }) => (
          <tr key={uid}>
            <td className="num points">
              <b>{score}</b>
            </td>
            <th scope="row">
              <Link className="plain" to="/incidents/$uid" params={{ uid }}>
                <Untrusted text={title} form="sentence" />
              </Link>
            </th>
            <td className={out === null ? "num dim" : "num"}>{bytes(out)}</td>
            <td className="nowrap">
              <Time ms={last} />
            </td>
            <td className="nowrap">{disposition === null ? state : DISPOSITIONS[disposition].toLowerCase()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
