/** One row an incident. Roles are explicit because narrow screens lay the table out as blocks, which takes its meaning away. */
import { Link } from "@tanstack/react-router";
import { memo, type Ref } from "react";
import { DISPOSITIONS } from "../../api/actions.ts";
import type { Incident } from "../../api/types.ts";
import { Pips, Risk } from "../../frame/marks.tsx";
import { bytes, counted } from "../../text/numbers.ts";
import { spelledText } from "../../text/spell-out.ts";
import { Age } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import type { Picking } from "./picking.ts";

export interface QueueTableProps {
  readonly ref: Ref<HTMLTableElement>;
  readonly rows: readonly Incident[];
  readonly picking: Picking;
  readonly me: string;
  /** In order of time: not parted by urgency. */
  readonly byTime: boolean;
}

const REASONS = 3;

export function needsSomebody({ severity, assignee, state }: Incident): boolean {
  return state === "open" && assignee === null && (severity === "high" || severity === "critical");
}

export function QueueTable({ ref, rows, picking, me, byTime }: QueueTableProps) {
  const urgent = byTime ? [] : rows.filter(needsSomebody);
  const rest = byTime ? rows : rows.filter((incident) => !needsSomebody(incident));
  const now = Date.now();
  const row = (incident: Incident) => (
    <Row
      key={incident.uid}
      incident={incident}
      me={me}
      now={now}
      cursor={picking.cursor?.uid === incident.uid}
      picked={picking.picked.has(incident.uid)}
      place={picking.place}
      toggle={picking.toggle}
    />
  );
  return (
    <table className="queue" role="table" ref={ref}>
      <caption className="vh">Incidents, {byTime ? "latest" : "highest risk"} first</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th className="c-pick" role="columnheader" scope="col">
            <span className="vh">Select</span>
          </th>
          <th className="c-risk" role="columnheader" scope="col" aria-sort={byTime ? undefined : "descending"}>
            Risk
          </th>
          <th className="c-what" role="columnheader" scope="col">
            Incident and its strongest reasons
          </th>
          <th className="c-dest" role="columnheader" scope="col">
            Destination
          </th>
          <th className="c-out num" role="columnheader" scope="col">
            Out
          </th>
          <th className="c-seen" role="columnheader" scope="col">
            Seen by
          </th>
          <th className="c-age num" role="columnheader" scope="col" aria-sort={byTime ? "descending" : undefined}>
            Last seen
          </th>
          <th className="c-own" role="columnheader" scope="col">
            Owner
          </th>
        </tr>
      </thead>
      {urgent.length > 0 && (
        <tbody role="rowgroup">
          <tr className="group" role="row">
            <th colSpan={8} role="rowheader" scope="rowgroup">
              Need you now <small>high or critical, nobody has them</small>
            </th>
          </tr>
          {urgent.map(row)}
        </tbody>
      )}
      <tbody role="rowgroup">
        {!byTime && rest.length > 0 && (
          <tr className="group" role="row">
            <th colSpan={8} role="rowheader" scope="rowgroup">
              In hand, or can wait
            </th>
          </tr>
        )}
        {rest.map(row)}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly incident: Incident;
  readonly me: string;
  readonly now: number;
  readonly cursor: boolean;
  readonly picked: boolean;
  readonly place: (uid: string) => void;
  readonly toggle: (uid: string) => void;
}

/** The row's functions are made anew every time and do the same: they do not count as a change. */
function isSame(before: RowProps, after: RowProps): boolean {
  return (
    before.incident === after.incident &&
    before.cursor === after.cursor &&
    before.picked === after.picked &&
    before.me === after.me &&
    !before.cursor &&
    after.place.length === before.place.length
  );
}

const Row = memo(function Row({ incident, me, now, cursor, picked, place, toggle }: RowProps) {
  const { uid, title, reasons, risk_score: score, severity } = incident;
  return (
    <tr
      role="row"
      data-uid={uid}
      className={[cursor ? "cursor" : "", picked ? "picked" : ""].join(" ").trim() || undefined}
      aria-current={cursor ? "true" : undefined}
      tabIndex={cursor ? 0 : -1}
      onFocus={() => place(uid)}
    >
      <td className="c-pick" role="cell">
        <label className="tick">
          <input
            type="checkbox"
            checked={picked}
            aria-label={`Select incident ${score}, ${spelledText(title)}`}
            onChange={() => toggle(uid)}
          />
        </label>
      </td>
      <td className="c-risk" role="cell">
        <Risk score={score} severity={severity} />
      </td>
      <td className="c-what" role="cell">
        <Link className="what" to="/incidents/$uid" params={{ uid }} preload={false}>
          <Untrusted text={title} form="sentence" />
        </Link>
        <ul className="why">
          {reasons.slice(0, REASONS).map(({ text, points }) => (
            <li key={text} title={spelledText(text)}>
              <b>+{points}</b> <Untrusted text={text} form="sentence" />
            </li>
          ))}
        </ul>
      </td>
      <td className="c-dest" role="cell">
        <Destination incident={incident} />
      </td>
      <td className={incident.bytes_out === null ? "c-out num dim" : "c-out num"} role="cell">
        {bytes(incident.bytes_out)}
      </td>
      <td className="c-seen" role="cell">
        <Pips visibility={incident.visibility} />
      </td>
      <td className="c-age num" role="cell">
        <Age ms={incident.last_time} now={now} />
      </td>
      <td className={incident.assignee === null ? "c-own unowned" : "c-own"} role="cell">
        <Owner incident={incident} me={me} />
      </td>
    </tr>
  );
}, isSame);

function Owner({ incident: { assignee, disposition }, me }: { incident: Incident; me: string }) {
  return (
    <>
      {assignee === null ? "nobody yet" : assignee === me ? "you" : <Untrusted text={assignee} form="sentence" />}
      {disposition !== null && <span className="verdict">{DISPOSITIONS[disposition].toLowerCase()}</span>}
    </>
  );
}

function Destination({ incident: { destination_details: details, destinations } }: { incident: Incident }) {
  const first = details[0];
  if (first === undefined)
    return destinations[0] === undefined ? (
      <span className="dim">
        <span className="swatch-blind" aria-hidden="true" /> not known
      </span>
    ) : (
      <span className="repo">
        <Untrusted text={destinations[0]} form="host" />
      </span>
    );
  const words = [
    ...(details.length > 1 ? [`and ${counted(details.length - 1, "other")}`] : []),
    first.verdict,
    ...(first.visibility === "unknown" ? [] : [first.visibility]),
  ];
  return (
    <>
      <span className="repo">
        <Untrusted text={first.name} form="host" />
      </span>{" "}
      <span className="verdict">
        {first.look_alike_of !== null && <span className="flag">look-alike host</span>} {words.join(", ")}
      </span>
    </>
  );
}
