/** A rule tried against what is stored before it is enabled: pasted or changed, with what it would find. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import type * as contract from "../../../../src/pipeline/serve/contract.ts";
import { post } from "../../api/client.ts";
import { sessionQuery } from "../../api/queries.ts";
import { Steps } from "../../frame/marks.tsx";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { count, counted } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import "../../styles/suppression.css";

type Backtest = contract.Output<typeof contract.BacktestItem>;
type Changes = Backtest["findings"];

const SPANS = [1, 7, 31] as const;
const SHOWN = 8;
const MOST_CHARACTERS = 60_000;

/** @param text Sigma YAML to begin with */
export function TryRule({ text: given }: { readonly text: string }) {
  const [text, setText] = useState(given);
  const [days, setDays] = useState(7);
  const id = useId();
  const role = useQuery(sessionQuery).data?.role;
  const run = useMutation({
    mutationFn: () => post<Backtest>("/api/v1/rule-backtest", { text, days }, null),
    retry: false,
  });
  if (role !== "engineer" && role !== "admin") return null;
  return (
    <section aria-labelledby={id} className="try-rule">
      <Head id={id} title="Try against history" note="nothing is enabled, nothing is written" />
      <details className="twin">
        <summary>Change the rule, or paste another</summary>
        <label className="field">
          Sigma YAML; correlations may stand on enabled rules
          <textarea
            className="mono"
            rows={14}
            spellCheck={false}
            maxLength={MOST_CHARACTERS}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
      </details>
      <div className="btnrow">
        <button
          className="btn"
          type="button"
          disabled={run.isPending || text.trim() === ""}
          onClick={() => run.mutate()}
        >
          Try it
        </button>
        <label>
          on the last{" "}
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {SPANS.map((span) => (
              <option key={span} value={span}>
                {span === 1 ? "day" : `${span} days`}
              </option>
            ))}
          </select>
        </label>
      </div>
      {run.isPending && <Pending rows={4} />}
      {run.error !== null && <Failed what="Not tried" error={run.error} />}
      {run.data !== undefined && !run.isPending && <Result result={run.data} />}
    </section>
  );
}

function Result({ result }: { readonly result: Backtest }) {
  const { matches, days, subjects, examples, findings, incidents, rules, events, events_per_second: rate } = result;
  const most = Math.max(1, ...days.map((day) => day.matches));
  return (
    <div aria-live="polite">
      <p>
        <b>{counted(matches, "match", "matches")}</b> in {counted(events, "event")}, {count(rate, true)} events a second
        {result.cost_ns !== null && <>, about {count(result.cost_ns)} ns of each once it is enabled</>}
        {result.capped && <span className="flag">stopped there: narrow it</span>}
      </p>
      <p className="dim">
        {rules.every(({ enabled }) => enabled) ? "Compared with the rule as it is enabled" : "Not enabled now"}, from{" "}
        <Time ms={result.from} /> to <Time ms={result.until} />
      </p>
      <dl className="facts small">
        <dt>findings</dt>
        <dd>
          <Change changes={findings} />
        </dd>
        <dt>incidents</dt>
        <dd>{incidents === null ? "too many findings to tell them anew" : <Change changes={incidents} />}</dd>
        {subjects.length > 0 && (
          <>
            <dt>by whom</dt>
            <dd>
              {subjects.slice(0, 5).map(({ name, matches: n }, index) => (
                <span key={name}>
                  {index > 0 && ", "}
                  <Untrusted text={name} form="sentence" /> ({count(n)})
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
      {incidents !== null && <Incidents incidents={incidents} />}
      {days.length > 0 && (
        <table className="small">
          <caption className="vh">Matches by day</caption>
          <tbody>
            {days.slice(-14).map(({ day, matches: n }) => (
              <tr key={day}>
                <th scope="row" className="nowrap">
                  {day}
                </th>
                <td>
                  <svg className="meter" viewBox="0 0 96 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect className="fp" width={(96 * n) / most} height="8" />
                  </svg>{" "}
                  {count(n)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {examples.length > 0 && (
        <ul className="plainlist small">
          {examples.slice(0, SHOWN).map(({ rule, time, activity, actor, host, address, destination, source }) => (
            <li key={`${rule} ${activity}`}>
              <Untrusted text={actor || host || address || "nobody named"} form="sentence" />
              {destination !== "" && (
                <>
                  {" → "}
                  <Untrusted text={destination} form="host" />
                </>
              )}
              <span className="under">
                <Time ms={time} />, {source}
              </span>
            </li>
          ))}
        </ul>
      )}
      {result.disabled.length > 0 && <p className="flag">A rule was switched off because it took too long.</p>}
    </div>
  );
}

function Change({ changes }: { readonly changes: Omit<Changes, "examples"> }) {
  const { before, after, added, gone, changed } = changes;
  const parts = [added > 0 && `${added} new`, gone > 0 && `${gone} gone`, changed > 0 && `${changed} changed`].filter(
    (part) => part !== false,
  );
  return (
    <>
      {before === after ? count(after) : `${count(before)} → ${count(after)}`}
      <span className="dim">{parts.length === 0 ? ", the same" : `, ${parts.join(", ")}`}</span>
    </>
  );
}

function Incidents({ incidents }: { readonly incidents: NonNullable<Backtest["incidents"]> }) {
  const { added, gone, changed } = incidents.examples;
  const rows = [
    ...added.map((incident) => ({ incident, word: "new", known: false })),
    ...gone.map((incident) => ({ incident, word: "gone", known: true })),
    ...changed.map(({ before, after }) => ({
      incident: { ...after, uid: before.uid },
      word: before.risk_score === after.risk_score ? "changed" : `${before.risk_score} → ${after.risk_score}`,
      known: true,
    })),
  ].slice(0, SHOWN);
  if (rows.length === 0) return null;
  return (
    <ul className="plainlist small">
      {rows.map(({ incident, word, known }) => (
        <li key={`${word} ${incident.uid}`}>
          <span className="nowrap">
            <Steps severity={incident.severity} /> {incident.risk_score} {word}
          </span>{" "}
          {known ? (
            <Link to="/incidents/$uid" params={{ uid: incident.uid }}>
              <Untrusted text={incident.title} form="sentence" />
            </Link>
          ) : (
            <Untrusted text={incident.title} form="sentence" />
          )}
        </li>
      ))}
    </ul>
  );
}
