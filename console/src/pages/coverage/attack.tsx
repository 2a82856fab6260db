/** ATT&CK: the detection strategy by analytic and data component, and what it is related to. */
import { Link } from "@tanstack/react-router";
import type { Coverage, Rule } from "../../api/types.ts";
import { Meter, Tick } from "../../frame/marks.tsx";
import { Head } from "../../frame/states.tsx";
import { counted } from "../../text/numbers.ts";
import { spelledText } from "../../text/spell-out.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

/** The analytics of ATT&CK by data component: what arrives of it, which rules read it, what has been found in it. */
export function Analytics({ coverage }: { readonly coverage: Coverage }) {
  const { strategy, analytics } = coverage;
  return (
    <section aria-labelledby="h-an">
      <Head
        id="h-an"
        title={<Untrusted text={`${strategy.id}, ${strategy.name}`} form="sentence" />}
        note={`ATT&CK ${strategy.attack_version}, names its log sources by platform`}
      />
      <div className="hscroll" role="region" tabIndex={0} aria-label="Coverage by analytic, scrolls sideways">
        <table className="cov">
          <caption className="vh">
            Coverage of {strategy.id} by analytic and data component: visible, detected, proven
          </caption>
          <thead>
            <tr>
              <th scope="col">Data component</th>
              <th scope="col">Log source and channel</th>
              <th scope="col">Visible</th>
              <th scope="col" className="num">
                Machines
              </th>
              <th scope="col">Detected</th>
              <th scope="col">Proven here</th>
            </tr>
          </thead>
          {analytics.map((analytic) => (
            <AnalyticRows key={analytic.id} analytic={analytic} />
          ))}
        </table>
      </div>
    </section>
  );
}

type Analytic = Coverage["analytics"][number];

function AnalyticRows({
  analytic: { id, platform, rules, fed, proven, elements, components },
}: {
  analytic: Analytic;
}) {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" className="group" colSpan={6}>
          {platform}{" "}
          <Link className="plain dimmer" to="/detections" search={{ text: id }}>
            {id}
          </Link>
          <small>
            {fed} of {counted(rules, "rule")} fed, {proven} proven; {elements.map(tuning).join(", ")}
          </small>
        </th>
      </tr>
      {components.map((component) => (
        <tr key={component.id}>
          <th scope="row">
            <Untrusted text={component.name} form="sentence" /> <span className="dimmer">{component.id}</span>
          </th>
          <td>
            {component.log_source} <span className="dimmer">{component.channel}</span>
          </td>
          <td>
            {component.events === 0 ? (
              <>
                <span className="swatch-blind" aria-hidden="true" /> not visible
                <small className="under">could tell it: {component.could.slice(0, 3).join(", ")}</small>
              </>
            ) : (
              <>
                {counted(component.events, "event")}
                <small className="under">{component.sources.join(", ")}</small>
              </>
            )}
          </td>
          <td className="num">{component.hosts === 0 ? <span className="dim">not told</span> : component.hosts}</td>
          <td className="nowrap">
            {component.rules === 0 ? (
              <span className="dim">no rule</span>
            ) : component.events === 0 ? (
              <span className="dim">{counted(component.rules, "rule")}, no data</span>
            ) : (
              counted(component.rules, "rule")
            )}
          </td>
          <td className="nowrap">
            {component.last_time === null ? (
              <span className="dim">never</span>
            ) : (
              <span className="proof">
                <Tick held />
                <Time ms={component.last_time} />
              </span>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function tuning({ name, tuned }: Analytic["elements"][number]): string {
  return `${spelledText(name)} ${tuned ? "tuned" : "as it came"}`;
}

/** What the strategy detects and what that is part of, then every technique that rules name. */
export function Techniques({
  coverage,
  rules,
}: {
  readonly coverage: Coverage | undefined;
  readonly rules: readonly Rule[];
}) {
  const strategy = coverage?.strategy;
  const byTechnique = new Map<string, { rules: number; found: number }>();
  for (const rule of rules)
    for (const technique of rule.attack) {
      const known = byTechnique.get(technique) ?? { rules: 0, found: 0 };
      byTechnique.set(technique, { rules: known.rules + 1, found: known.found + (rule.findings > 0 ? 1 : 0) });
    }
  return (
    <section aria-labelledby="h-attack">
      <Head
        id="h-attack"
        title="ATT&CK"
        note={strategy === undefined ? undefined : `release ${strategy.attack_version}`}
      />
      {strategy !== undefined && coverage !== undefined && (
        <ol className="relations" aria-label="Relationships of the detection strategy">
          <li>
            <b>{strategy.tactic}</b> <span className="dimmer">tactic</span>
          </li>
          <li>
            has <b>{strategy.parent}</b> {strategy.parent_name}
          </li>
          <li>
            which has <b>{strategy.technique}</b> {strategy.technique_name}
          </li>
          <li>
            detected by <b>{strategy.id}</b> <Untrusted text={strategy.name} form="sentence" />
          </li>
          <li>
            by the analytics{" "}
            {coverage.analytics.map(({ id, platform }, index) => (
              <span key={id}>
                {index > 0 && ", "}
                <b>{id}</b> {platform}
              </span>
            ))}
          </li>
        </ol>
      )}
      <table className="small">
        <caption className="vh">Techniques, rules and rules that found something</caption>
        <thead>
          <tr>
            <th scope="col">Technique</th>
            <th scope="col" className="num">
              Rules
            </th>
            <th scope="col">Proven here</th>
          </tr>
        </thead>
        <tbody>
          {[...byTechnique]
            .toSorted(([, a], [, b]) => b.rules - a.rules)
            .map(([technique, counts]) => (
              <tr key={technique}>
                <th scope="row">
                  <Link className="plain" to="/detections" search={{ text: technique }}>
                    {technique}
                  </Link>
                </th>
                <td className="num">{counts.rules}</td>
                <td className="layer">
                  <Meter value={counts.found / counts.rules} />
                  {counts.found}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
