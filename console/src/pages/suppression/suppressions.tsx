/** Suppressions with what they hide, until when, and who answers for them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { endSuppression, suppressionsQuery, type Suppression } from "../../api/suppressions.ts";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { count, counted } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { SCOPE_LABELS, SCOPE_NAMES } from "./scope.ts";
import { BySeverity } from "./suppression-preview.tsx";
import "../../styles/suppression.css";

export function Suppressions() {
  const { data, error, isPending, refetch } = useQuery(suppressionsQuery);
  const [all, setAll] = useState(false);
  const shown = (data ?? []).filter(({ state }) => all || state === "active");
  const over = (data ?? []).filter(({ state }) => state !== "active").length;
  return (
    <section aria-labelledby="h-suppressions" className="suppressions">
      <Head
        id="h-suppressions"
        title="Suppressions"
        note="what is not to be told again; stored and counted all the same"
        push={
          <>
            {over > 0 && (
              <button className="chip" type="button" aria-pressed={all} onClick={() => setAll(!all)}>
                {all ? "Only active ones" : `Also ${counted(over, "that is over", "that are over")}`}
              </button>
            )}{" "}
            <a href="/api/v1/suppressions.csv" download>
              CSV
            </a>
          </>
        }
      />
      {isPending && <Pending rows={3} />}
      {error !== null && <Failed what="Suppressions not loaded" error={error} retry={() => void refetch()} />}
      {data !== undefined &&
        (shown.length === 0 ? (
          <Empty title="Nothing is suppressed">
            <p>
              Press <kbd>s</kbd> on an incident that need not be told again: it shows what that would hide before it
              does.
            </p>
          </Empty>
        ) : (
          <div className="hscroll" role="region" tabIndex={0} aria-label="Suppressions, scrolls sideways">
            <table>
              <caption className="vh">Suppressions</caption>
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col">Why</th>
                  <th scope="col">Owner</th>
                  <th scope="col" className="num">
                    Hides
                  </th>
                  <th scope="col">Last hit</th>
                  <th scope="col">Until</th>
                  <th scope="col">
                    <span className="vh">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((suppression) => (
                  <Row key={suppression.uid} suppression={suppression} />
                ))}
              </tbody>
            </table>
          </div>
        ))}
    </section>
  );
}

function Row({ suppression }: { readonly suppression: Suppression }) {
  const client = useQueryClient();
  const { uid, state, reason, owner, findings, finding_severities, last_time: last, until, ended_by } = suppression;
  return (
    <tr data-suppression={uid}>
      <th scope="row">
        {SCOPE_NAMES.map((name) => {
          const pattern = suppression[name];
          return pattern === null ? null : (
            <span key={name} className="under">
              {SCOPE_LABELS[name].toLowerCase()} <Untrusted text={pattern} form="host" />
            </span>
          );
        })}
      </th>
      <td>
        <Untrusted text={reason} form="sentence" />
      </td>
      <td>
        <Untrusted text={owner} form="sentence" />
      </td>
      <td className="num">
        {count(findings)} <BySeverity counts={finding_severities} />
      </td>
      <td className="nowrap">{last === null ? <span className="dim">never</span> : <Time ms={last} shape="day" />}</td>
      <td className="nowrap">
        <Time ms={until} shape="day" />
        {state !== "active" && (
          <span className="under">
            {state}
            {ended_by !== null && (
              <>
                , <Untrusted text={ended_by} form="sentence" />
              </>
            )}
          </span>
        )}
      </td>
      <td className="nowrap">
        {state === "active" && (
          <button className="chip" type="button" onClick={() => void endSuppression(client, suppression, false)}>
            End now
          </button>
        )}{" "}
        {state !== "withdrawn" && (
          <button className="chip" type="button" onClick={() => void endSuppression(client, suppression, true)}>
            Take back
          </button>
        )}
      </td>
    </tr>
  );
}
