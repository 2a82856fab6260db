import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { nearMissesQuery } from "../../api/queries.ts";
import type { IncidentDetail } from "../../api/types.ts";
import { Head } from "../../frame/states.tsx";
import { Tick } from "../../frame/marks.tsx";
import { counted } from "../../text/numbers.ts";
import { Untrusted } from "../../text/untrusted.tsx";

const FEW = 4;

/** The score as arithmetic: what held with its points and the rule that decided, then what held and added nothing. */
export function Why({ incident }: { readonly incident: IncidentDetail }) {
  const { reasons, findings, risk_score: score } = incident;
  const byUid = new Map(findings.map((finding) => [finding.uid, finding]));
  const scored = new Set(reasons.map(({ finding }) => finding));
  const others = findings.filter(({ uid }) => !scored.has(uid));
  return (
    <section aria-labelledby="why">
      <Head
        id="why"
        title={`Why ${score}`}
        note="Points add up. High starts at 65, critical at 85."
        push={<Link to="/detections">Rules</Link>}
      />
      <table>
        <caption className="vh">Reasons, points and the rule that decided</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="vh">Held</span>
            </th>
            <th scope="col" className="num points">
              Points
            </th>
            <th scope="col">Reason, and what decided it</th>
          </tr>
        </thead>
        <tbody>
          {reasons.map(({ text, points, finding }) => {
            const decided = byUid.get(finding);
            return (
              <tr key={`${finding}${text}`}>
                <td className="mark">
                  <Tick held />
                  <span className="vh">held</span>
                </td>
                <td className="num points">
                  <b>+{points}</b>
                </td>
                <td>
                  <Untrusted text={text} form="sentence" />
                  {decided !== undefined && (
                    <Decided rule={decided.rule} title={decided.title} events={decided.activities.length} />
                  )}
                </td>
              </tr>
            );
          })}
          {others.map(({ uid, title, rule, activities }) => (
            <tr key={uid} className="unmet">
              <td className="mark">
                <Tick held />
                <span className="vh">held, adds nothing</span>
              </td>
              <td className="num points">0</td>
              <td>
                <Untrusted text={title} form="sentence" />
                <div className="pred">
                  {counted(activities.length, "event")}, told by the reasons above.{" "}
                  <Link to="/detections" search={{ rule }}>
                    Rule
                  </Link>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
        <NearMisses uid={incident.uid} />
      </table>
    </section>
  );
}

/** What nearly held, with the predicate that decided: it says how far the story is from another one. */
function NearMisses({ uid }: { readonly uid: string }) {
  const { data: misses, isError } = useQuery(nearMissesQuery(uid));
  const [all, setAll] = useState(false);
  if (isError || misses === undefined || misses.length === 0)
    return (
      <tbody>
        <tr className="nearhead">
          <td colSpan={3} className="dim">
            {misses === undefined
              ? isError
                ? "What nearly held could not be asked for."
                : "Asking what nearly held …"
              : "No other rule came near."}
          </td>
        </tr>
      </tbody>
    );
  const shown = all ? misses : misses.slice(0, FEW);
  return (
    <tbody>
      <tr className="nearhead">
        <th colSpan={3} scope="rowgroup">
          Came near, did not hold <small>adds nothing; what decided stands below each</small>
        </th>
      </tr>
      {shown.map(({ rule, title, concludes, decided, held, parts, kind }) => (
        <tr key={rule} className="unmet">
          <td className="mark">
            <Tick held={false} />
            <span className="vh">did not hold</span>
          </td>
          <td className="num points dim">0</td>
          <td>
            <Link to="/detections" search={{ rule }}>
              <Untrusted text={title} form="sentence" />
            </Link>
            <div className="pred">
              <Untrusted text={decided} />
              {kind === "predicate" && (
                <span className="dimmer">
                  {" "}
                  {held} of {parts} held
                  {concludes !== null && (
                    <>
                      , for <Untrusted text={concludes} form="sentence" />
                    </>
                  )}
                </span>
              )}
            </div>
          </td>
        </tr>
      ))}
      {misses.length > FEW && (
        <tr className="unmet">
          <td colSpan={2} />
          <td>
            <button className="linkish" type="button" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? "Show fewer" : `Show all ${misses.length}`}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Decided({ rule, title, events }: { rule: string; title: string; events: number }) {
  return (
    <div className="pred">
      <Link to="/detections" search={{ rule }}>
        <Untrusted text={title} form="sentence" />
      </Link>
      , {counted(events, "event")}
    </div>
  );
}
