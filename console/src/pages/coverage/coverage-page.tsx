/** What could be seen, what could be detected, what has been proven: by analytic, by kind of telemetry, by behaviour. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { coverageQuery, rulesQuery } from "../../api/queries.ts";
import type { Coverage, Rule } from "../../api/types.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { LANE_NAMES, Meter, Tick } from "../../frame/marks.tsx";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { counted, share } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { Analytics, Techniques } from "./attack.tsx";

const HOURS = 168;

export function CoveragePage() {
  useTitle("Coverage");
  const { data, error, isPending, refetch } = useQuery(coverageQuery);
  const rules = useQuery(rulesQuery).data;
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>{data === undefined ? "Coverage" : sentence(data)}</h1>
          <p>visible: something arrives; detected: rules have what they need; proven: they have found something here</p>
        </div>
        {isPending && <Pending rows={10} />}
        {error !== null && <Failed what="Coverage not loaded" error={error} retry={() => void refetch()} />}
        {data !== undefined && (
          <div className="cols">
            <div>
              <Analytics coverage={data} />
              <Lanes coverage={data} />
              <Behaviours coverage={data} rules={rules ?? []} />
            </div>
            <aside>
              <Next coverage={data} />
              <BlindSpots coverage={data} />
              <Techniques coverage={data} rules={rules ?? []} />
            </aside>
          </div>
        )}
      </main>
      <Foot>
        <span className="swatch-blind" aria-hidden="true" /> not visible, or not yet proven
      </Foot>
    </>
  );
}

function sentence({ behaviours, lanes }: Coverage): string {
  const fed = behaviours.filter((behaviour) => behaviour.fed).length;
  const dark = lanes.filter(({ sources }) => sources.length === 0).map(({ lane }) => lane);
  const found = behaviours.filter(({ last_time: last }) => last !== null).length;
  return `Rules for ${fed} of ${behaviours.length} behaviours are fed, ${found} have been found${dark.length === 0 ? "" : `, without any ${dark.join(" or ")} log`}`;
}

function Lanes({ coverage }: { readonly coverage: Coverage }) {
  return (
    <section aria-labelledby="h-lanes">
      <Head
        id="h-lanes"
        title="Visible"
        note="hours of the last seven days with any event"
        push={<Link to="/sources">Sources</Link>}
      />
      <table className="cov">
        <caption className="vh">What is visible by kind of telemetry</caption>
        <tbody>
          {coverage.lanes.map(({ lane, sources, hours, last_event_time: last }) => (
            <tr key={lane}>
              <th scope="row">{LANE_NAMES[lane]}</th>
              <td>{sources.length === 0 ? <span className="dim">no source</span> : sources.join(", ")}</td>
              <td className="layer">
                <Meter value={Math.min(1, hours / HOURS)} />
                {share(Math.min(1, hours / HOURS))}
              </td>
              <td className="nowrap">{last === null ? <span className="dim">never</span> : <Time ms={last} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Behaviours({ coverage, rules }: { readonly coverage: Coverage; readonly rules: readonly Rule[] }) {
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  return (
    <section aria-labelledby="h-beh">
      <Head id="h-beh" title="Behaviours" note="what the rules look for" push={<Link to="/detections">Rules</Link>} />
      <div className="hscroll" role="region" tabIndex={0} aria-label="Behaviours, scrolls sideways">
        <table className="cov">
          <caption className="vh">Behaviours, whether sources feed their rules, and when they were last found</caption>
          <thead>
            <tr>
              <th scope="col">Behaviour</th>
              <th scope="col">Detected</th>
              <th scope="col">Missing</th>
              <th scope="col">Proven here</th>
            </tr>
          </thead>
          <tbody>
            {coverage.behaviours.map(({ id, rules: ids, fed, missing, last_time: last }) => (
              <tr key={id}>
                <th scope="row" className="nowrap">
                  <Link className="plain" to="/detections" search={{ text: id }}>
                    {id}
                  </Link>
                </th>
                <td className="nowrap">
                  {fed ? (
                    counted(ids.length, "rule")
                  ) : (
                    <>
                      <span className="swatch-blind" aria-hidden="true" /> {counted(ids.length, "rule")}, no data
                    </>
                  )}
                </td>
                <td className="dim">
                  <Untrusted text={missing.map((rule) => titles.get(rule) ?? rule).join(", ")} form="sentence" />
                </td>
                <td>
                  {last === null ? (
                    <span className="dim">never</span>
                  ) : (
                    <span className="proof">
                      <Tick held />
                      <Link className="plain" to="/" search={{ behaviour: id, view: "open" }}>
                        <Time ms={last} />
                      </Link>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What would make the most visible, by the number of rules that wait for it. */
function Next({ coverage }: { readonly coverage: Coverage }) {
  const steps = [
    ...coverage.lanes
      .filter(({ sources }) => sources.length === 0)
      .map(({ lane }) => ({
        title: `Send ${lane} logs`,
        gain: "a lane",
        text: `Nothing tells of the ${lane} side of any incident.`,
      })),
    ...coverage.analytics
      .filter(({ rules, fed }) => rules > 0 && fed === 0)
      .map(({ platform, rules, components }) => ({
        title: `Send logs of ${platform} itself`,
        gain: counted(rules, "rule"),
        text: `ATT&CK asks for ${[...new Set(components.map(({ log_source: source }) => source))].join(", ")}; read here by ${[...new Set(components.flatMap(({ could }) => could.slice(0, 2)))].slice(0, 3).join(", ")}.`,
      })),
    ...coverage.behaviours
      .filter(({ fed }) => !fed)
      .map(({ id, missing }) => ({
        title: `Feed ${id}`,
        gain: counted(missing.length, "rule"),
        text: "No source here delivers the events its rules need.",
      })),
    ...coverage.analytics
      .filter(({ rules, fed, proven }) => rules > 0 && fed > 0 && proven === 0)
      .map(({ id, platform, rules }) => ({
        title: `Prove ${id}, ${platform}`,
        gain: counted(rules, "rule"),
        text: "None of its rules has ever found anything here: run a test that they must find.",
      })),
    ...coverage.lanes
      .filter(({ sources, hours }) => sources.length > 0 && hours < HOURS / 2)
      .map(({ lane, hours }) => ({
        title: `Look into the silences of ${lane} logs`,
        gain: share(1 - hours / HOURS),
        text: `${HOURS - hours} of the last ${HOURS} hours have no event of this kind.`,
      })),
  ].slice(0, 6);
  return (
    <section aria-labelledby="h-do">
      <Head id="h-do" title="Do this next" note="most gained first" />
      {steps.length === 0 && (
        <p className="dim">Every rule is fed, every analytic has found something, and no lane is dark.</p>
      )}
      <ol className="todo">
        {steps.map(({ title, gain, text }) => (
          <li key={title}>
            <h3>{title}</h3>
            <span className="gain">{gain}</span>
            <p>{text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function BlindSpots({ coverage }: { readonly coverage: Coverage }) {
  if (coverage.blind_spots.length === 0) return null;
  return (
    <section aria-labelledby="h-spots">
      <Head id="h-spots" title="Blind spots of incidents" note="most frequent first" />
      <ul className="blindlist">
        {coverage.blind_spots.slice(0, 8).map(({ code, text, incidents }) => (
          <li key={`${code}${text}`}>
            <span className="hatch" aria-hidden="true" />
            <div>
              <Untrusted text={text} form="sentence" />
              <p>{counted(incidents, "incident")}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
