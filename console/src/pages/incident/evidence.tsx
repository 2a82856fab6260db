/** The events behind an incident; each opens to its line with the telling fields marked. */
import { Fragment, useEffect } from "react";
import type { EventDetail } from "../../api/types.ts";
import { Head } from "../../frame/states.tsx";
import { bytes, counted } from "../../text/numbers.ts";
import { local, utc, ZONE_CITY } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { EventView } from "./event-view.tsx";
import { valueAt } from "./fields.ts";

export interface EvidenceProps {
  readonly activities: readonly EventDetail[];
  readonly opened: ReadonlySet<string>;
  readonly onToggle: (uid: string) => void;
  /** Whose row is to be brought into view. */
  readonly sought: string | null;
}

export function Evidence({ activities, opened, onToggle, sought }: EvidenceProps) {
  useEffect(() => {
    if (sought !== null) document.getElementById(rowId(activities, sought))?.scrollIntoView({ block: "center" });
  }, [activities, sought]);
  return (
    <section aria-labelledby="events">
      <Head
        id="events"
        title="Evidence"
        note={`${counted(activities.length, "event")}. Text from logs is shown as received; control characters are spelled out.`}
      />
      <div className="hscroll" role="region" tabIndex={0} aria-label="Evidence, scrolls sideways">
        <table className="results evidence">
          <caption className="vh">Events behind the incident, in order of time</caption>
          <thead>
            <tr>
              <th scope="col">{ZONE_CITY}</th>
              <th scope="col">UTC</th>
              <th scope="col">Source</th>
              <th scope="col">What</th>
              <th scope="col" className="num">
                Out
              </th>
            </tr>
          </thead>
          <tbody>
            {activities.map((activity, index) => {
              const { uid, time, source, what, event } = activity;
              const open = opened.has(uid);
              const out = valueAt(event, "traffic.bytes_out");
              const previous = activities[index - 1];
              const newDay = previous !== undefined && local(previous.time, "date") !== local(time, "date");
              return (
                <Fragment key={uid}>
                  {newDay && (
                    <tr className="day">
                      <th colSpan={5} scope="rowgroup">
                        {local(time, "date")}
                      </th>
                    </tr>
                  )}
                  <tr id={rowId(activities, uid)} className={open ? "cursor" : undefined}>
                    <td className="mono nowrap">
                      <button className="opener" type="button" aria-expanded={open} onClick={() => onToggle(uid)}>
                        {local(time, "exact")}
                      </button>
                    </td>
                    <td className="mono nowrap dimmer">{utc(time, "exact")}</td>
                    <td className="nowrap">{source}</td>
                    <td>
                      <Untrusted text={what} />
                    </td>
                    <td className="num">{typeof out === "number" ? bytes(out) : ""}</td>
                  </tr>
                  {open && (
                    <tr className="opened">
                      <td colSpan={5}>
                        <EventView event={activity} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function rowId(activities: readonly EventDetail[], uid: string): string {
  return `event-${activities.findIndex((activity) => activity.uid === uid)}`;
}
