import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ruleQuery } from "../../api/queries.ts";
import type { Rule, RuleDetail } from "../../api/types.ts";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { SeverityWord } from "../../frame/marks.tsx";
import { count, counted, share } from "../../text/numbers.ts";
import { spelledText } from "../../text/spell-out.ts";
import { Time } from "../../text/time.tsx";
import { Lines, Untrusted } from "../../text/untrusted.tsx";
import { TryRule } from "../suppression/try-rule.tsx";

const MOST_DAYS = 14;

/** Of what was judged, how much was right. */
function precisionOf({ judged: { confirmed, benign, wrong } }: Rule): string {
  const judged = confirmed + benign + wrong;
  return judged === 0
    ? "nothing judged yet"
    : `${share(confirmed / judged)}: ${confirmed} of ${judged} judged were right`;
}

/** One rule with what it needs, what it found, its examples and its text. */
export function RulePane({ rule }: { readonly rule: Rule }) {
  const { data, error, isPending, refetch } = useQuery(ruleQuery(rule.id));
  return (
    <>
      <section aria-labelledby="h-rule">
        <Head id="h-rule" title={<Untrusted text={rule.title} form="sentence" />} />
        <dl className="facts small">
          <dt>behaviours</dt>
          <dd>{rule.behaviours.join(", ") || "none: a base of others"}</dd>
          <dt>ATT&amp;CK</dt>
          <dd>{[...rule.analytics, ...rule.attack].join(", ") || "none"}</dd>
          <dt>reads</dt>
          <dd>
            <Untrusted text={rule.fields.map(({ field }) => field).join(", ") || rule.logsource} form="sentence" />
          </dd>
          {(rule.kind === "event" || rule.sources.length > 0) && (
            <>
              <dt>fed by</dt>
              <dd>
                {rule.delivering.length === 0 ? (
                  <>
                    <span className="swatch-blind" aria-hidden="true" /> nothing here;{" "}
                    {counted(rule.sources.length, "kind")} of source could
                  </>
                ) : (
                  rule.delivering.join(", ")
                )}
              </dd>
            </>
          )}
          <dt>judged</dt>
          <dd>
            {rule.judged.confirmed} confirmed, {rule.judged.benign} benign, {rule.judged.wrong} wrong,{" "}
            {rule.judged.open} open
          </dd>
          <dt>precision</dt>
          <dd>{precisionOf(rule)}</dd>
        </dl>
      </section>
      {isPending && <Pending />}
      {error !== null && <Failed what="Rule not loaded" error={error} retry={() => void refetch()} />}
      {data !== undefined && <Detail rule={data} />}
    </>
  );
}

function Detail({ rule }: { readonly rule: RuleDetail }) {
  const most = Math.max(1, ...rule.days.map(({ matches }) => matches));
  const fires = rule.examples.filter((example) => example.fires).length;
  return (
    <>
      {rule.days.length > 0 && (
        <section aria-labelledby="h-days">
          <Head
            id="h-days"
            title="By day"
            note={`${rule.days.length > MOST_DAYS ? `the last ${MOST_DAYS} of ${counted(rule.days.length, "day")}; in all ` : ""}${counted(rule.matches, "event")}, ${counted(rule.findings, "finding")}`}
          />
          <table className="small">
            <caption className="vh">Events and findings by day</caption>
            <tbody>
              {rule.days.slice(0, MOST_DAYS).map(({ day, matches, findings }) => (
                <tr key={day}>
                  <th scope="row" className="nowrap">
                    {day}
                  </th>
                  <td>
                    <svg className="meter" viewBox="0 0 96 8" preserveAspectRatio="none" aria-hidden="true">
                      <rect className="fp" width={(96 * matches) / most} height="8" />
                    </svg>
                    {count(matches)}
                  </td>
                  <td className="num">{findings === 0 ? "" : counted(findings, "finding")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {rule.incidents.length > 0 && (
        <section aria-labelledby="h-inc">
          <Head id="h-inc" title="Incidents" />
          <ul className="plainlist">
            {rule.incidents.slice(0, 8).map(({ uid, title, severity, last_time: last }) => (
              <li key={uid}>
                <Link to="/incidents/$uid" params={{ uid }}>
                  <Untrusted text={title} form="sentence" />
                </Link>
                <span className="under">
                  <SeverityWord severity={severity} />, <Time ms={last} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {rule.examples.length > 0 && (
        <section aria-labelledby="h-ex">
          <Head
            id="h-ex"
            title="Examples"
            note={`${fires} fire, ${rule.examples.length - fires} stay quiet; all are tests`}
          />
          {rule.examples.map(({ name, fires: fire, events, text }) => (
            <details key={name} className="twin">
              <summary>
                <Untrusted text={name} form="sentence" />
                <span className="dimmer">
                  {fire ? "fires" : "quiet"}, {counted(events, "event")}
                </span>
              </summary>
              <pre className="raw" tabIndex={0} aria-label={spelledText(name)}>
                <Lines text={text} />
              </pre>
            </details>
          ))}
        </section>
      )}
      <section aria-labelledby="h-text">
        <Head id="h-text" title="Rule" note={`Sigma, ${rule.file.replace(/^.*\/(?=detections\/)/, "")}`} />
        <pre className="code" tabIndex={0} aria-label="Text of the rule">
          <Lines text={rule.text} />
        </pre>
      </section>
      <TryRule text={rule.text} />
    </>
  );
}
