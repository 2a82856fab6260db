/** Every rule: what it needs, whether a source delivers that, what it found, how often it was right. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { rulesQuery } from "../../api/queries.ts";
import type { Rule } from "../../api/types.ts";
import { useKeys } from "../../frame/keys.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { SeverityWord, SEVERITIES } from "../../frame/marks.tsx";
import { Empty, Failed, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { one } from "../../search-params.ts";
import { count, counted } from "../../text/numbers.ts";
import { Untrusted } from "../../text/untrusted.tsx";
import { Time } from "../../text/time.tsx";
import { Suppressions } from "../suppression/suppressions.tsx";
import { RulePane } from "./rule-pane.tsx";

const VIEWS = [
  { id: "all", label: "All", holds: () => true },
  { id: "alerting", label: "Alert by themselves", holds: (rule: Rule) => rule.alerts },
  { id: "found", label: "Found something", holds: (rule: Rule) => rule.findings > 0 },
  { id: "starved", label: "Nothing feeds them", holds: (rule: Rule) => isStarved(rule) },
  { id: "noisy", label: "Often wrong", holds: (rule: Rule) => isNoisy(rule) },
] as const;

const COLUMNS = {
  title: (rule: Rule) => rule.title.toLowerCase(),
  level: (rule: Rule) => SEVERITIES.indexOf(rule.level as (typeof SEVERITIES)[number]),
  matches: (rule: Rule) => rule.matches,
  findings: (rule: Rule) => rule.findings,
  last: (rule: Rule) => rule.last_time ?? 0,
} as const;
type Column = keyof typeof COLUMNS;

/** Judged wrong or benign more often than confirmed. */
function isNoisy({ judged }: Rule): boolean {
  return judged.benign + judged.wrong > Math.max(1, judged.confirmed);
}

function isStarved({ delivering, kind }: Rule): boolean {
  return kind === "event" && delivering.length === 0;
}

export function DetectionsPage() {
  useTitle("Detections");
  const search = useSearch({ from: "/detections" });
  const navigate = useNavigate();
  const { data: rules, error, isPending, refetch } = useQuery(rulesQuery);
  const [sort, setSort] = useState<{ column: Column; down: boolean }>({ column: "findings", down: true });
  const view = VIEWS.find(({ id }) => id === one(search.view)) ?? VIEWS[0];
  const text = one(search.text).toLowerCase();
  const shown = useMemo(() => {
    const value = COLUMNS[sort.column];
    return (rules ?? [])
      .filter((rule) => view.holds(rule) && (text === "" || matches(rule, text)))
      .toSorted((a, b) => {
        const [x, y] = [value(a), value(b)];
        const order = x < y ? -1 : x > y ? 1 : a.title < b.title ? -1 : 1;
        return sort.down && x !== y ? -order : order;
      });
  }, [rules, sort, text, view]);
  const chosen = one(search.rule);
  const selected = (rules ?? []).find(({ id }) => id === chosen) ?? shown[0];
  const table = useRef<HTMLTableElement>(null);
  const choose = (id: string): void => {
    void navigate({ to: "/detections", search: { ...search, rule: id }, replace: true, resetScroll: false });
  };
  const move = (by: number): void => {
    const index = shown.findIndex(({ id }) => id === selected?.id);
    const next = shown[Math.min(shown.length - 1, Math.max(0, index + by))];
    if (next === undefined) return;
    choose(next.id);
    const row = table.current?.querySelector<HTMLElement>(`tr[data-rule="${CSS.escape(next.id)}"]`);
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  useKeys("Detections", [
    { keys: "j", with: "k", label: "move", foot: true, run: () => move(1) },
    { keys: "k", label: "move up", run: () => move(-1) },
    { keys: "f", label: "filter", foot: true, run: () => document.querySelector<HTMLElement>(".tabs input")?.focus() },
  ]);
  const head = (column: Column, label: string, number = false) => (
    <th
      scope="col"
      className={number ? "num" : undefined}
      aria-sort={sort.column === column ? (sort.down ? "descending" : "ascending") : undefined}
    >
      <button
        className="sorter"
        type="button"
        onClick={() => setSort({ column, down: sort.column === column ? !sort.down : column !== "title" })}
      >
        {label}
      </button>
    </th>
  );
  const starved = (rules ?? []).filter(isStarved).length;
  const noisy = (rules ?? []).filter(isNoisy).length;
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>
            {rules === undefined
              ? "Detections"
              : `${counted(rules.length, "detection")}, ${noisy === 0 ? "none needs tuning" : `${noisy} need tuning`}`}
          </h1>
          {rules !== undefined && (
            <p>
              {rules.filter(({ findings }) => findings > 0).length} found something here,{" "}
              {starved === 0 ? "all are fed" : `${starved} are fed by no source`}
            </p>
          )}
          <span className="push">
            <a href="/api/v1/rules.csv" download>
              CSV
            </a>
          </span>
        </div>
        <nav className="tabs" aria-label="Views">
          {VIEWS.map(({ id, label, holds }) => (
            <Link
              key={id}
              to="/detections"
              search={id === "all" ? {} : { view: id }}
              aria-current={id === view.id ? "page" : undefined}
            >
              {label} <span className="count">{rules === undefined ? "" : rules.filter(holds).length}</span>
            </Link>
          ))}
          <span className="push">
            <input
              type="search"
              aria-label="Filter by words"
              placeholder="Title, behaviour, technique"
              value={one(search.text)}
              onChange={(event) =>
                void navigate({
                  to: "/detections",
                  search: { ...search, text: event.target.value },
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          </span>
        </nav>
        {isPending && <Pending rows={10} />}
        {error !== null && <Failed what="Detections not loaded" error={error} retry={() => void refetch()} />}
        {rules !== undefined && (
          <div className="cols">
            <div className="hscroll" role="region" tabIndex={0} aria-label="Detections, scrolls sideways">
              {shown.length === 0 ? (
                <Empty title="No detection is like that">
                  <p>
                    {view.id === "noisy"
                      ? "None was judged wrong or benign more often than right."
                      : "Take the filter away, or look at all of them."}
                  </p>
                </Empty>
              ) : (
                <table className="rules" ref={table}>
                  <caption className="vh">Detections</caption>
                  <thead>
                    <tr>
                      {head("title", "Detection")}
                      {head("level", "Level")}
                      {head("matches", "Events", true)}
                      {head("findings", "Findings", true)}
                      <th scope="col">Judged right</th>
                      <th scope="col">Fed by</th>
                      {head("last", "Last found")}
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((rule) => (
                      <RuleRow key={rule.id} rule={rule} current={rule.id === selected?.id} onChoose={choose} />
                    ))}
                  </tbody>
                </table>
              )}
            </div>
            <aside className="pane" aria-label="The chosen detection">
              {selected !== undefined && <RulePane key={selected.id} rule={selected} />}
            </aside>
          </div>
        )}
        <Suppressions />
      </main>
      <Foot>Judged right: confirmed, then judged benign or wrong, the rest not judged yet</Foot>
    </>
  );
}

function matches(rule: Rule, text: string): boolean {
  return [rule.title, rule.id, ...rule.behaviours, ...rule.analytics, ...rule.attack].some((word) =>
    word.toLowerCase().includes(text),
  );
}

function RuleRow({
  rule,
  current,
  onChoose,
}: {
  readonly rule: Rule;
  readonly current: boolean;
  readonly onChoose: (id: string) => void;
}) {
  const { id, title, level, judged, delivering, sources, matches: events, findings, last_time: last } = rule;
  const judgedCount = judged.confirmed + judged.benign + judged.wrong;
  return (
    <tr
      data-rule={id}
      className={current ? "cursor" : undefined}
      aria-current={current ? "true" : undefined}
      tabIndex={current ? 0 : -1}
      onClick={() => onChoose(id)}
    >
      <th scope="row">
        <Untrusted text={title} form="sentence" />
        <small>
          {rule.kind === "event" ? (rule.alerts ? "event" : "event, base of others") : rule.kind.replaceAll("_", " ")}
          {rule.behaviours.length > 0 && `, ${rule.behaviours.join(", ")}`}
        </small>
      </th>
      <td>{isSeverity(level) ? <SeverityWord severity={level} /> : level}</td>
      <td className="num">{count(events)}</td>
      <td className="num">{count(findings)}</td>
      <td className="nowrap">
        {judgedCount === 0 ? (
          <span className="dim">{judged.open > 0 ? "not judged yet" : ""}</span>
        ) : (
          <Judged {...judged} />
        )}
      </td>
      <td className="nowrap">
        {rule.kind !== "event" ? (
          <span className="dim">{counted(rule.rules.length, "rule")}</span>
        ) : delivering.length === 0 ? (
          <>
            <span className="swatch-blind" aria-hidden="true" /> none of {sources.length}
          </>
        ) : (
          counted(delivering.length, "source")
        )}
      </td>
      <td className="nowrap">
        {last === null ? <span className="dim">never here</span> : <Time ms={last} shape="day" />}
      </td>
    </tr>
  );
}

function isSeverity(level: string): level is (typeof SEVERITIES)[number] {
  return SEVERITIES.some((severity) => severity === level);
}

function Judged({ confirmed, benign, wrong, open }: Rule["judged"]) {
  const all = confirmed + benign + wrong + open;
  const right = confirmed / Math.max(1, confirmed + benign + wrong);
  return (
    <>
      <svg className="meter" viewBox="0 0 96 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className="trk" width="96" height="8" />
        <rect className="val" width={(96 * confirmed) / all} height="8" />
        <rect className="fp" x={(96 * confirmed) / all} width={(96 * (benign + wrong)) / all} height="8" />
      </svg>
      {Math.round(right * 100)} %
    </>
  );
}
