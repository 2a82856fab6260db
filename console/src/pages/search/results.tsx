import { Fragment, type Ref } from "react";
import type { EventItem } from "../../api/types.ts";
import { bytes } from "../../text/numbers.ts";
import { local, Time, ZONE_CITY } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

/** Events, one a row, a heading a day. */
export function Results({
  ref,
  rows,
  selected,
  onSelect,
}: {
  ref: Ref<HTMLTableElement>;
  rows: readonly EventItem[];
  selected: EventItem | undefined;
  onSelect: (index: number) => void;
}) {
  return (
    <div className="hscroll" role="region" tabIndex={0} aria-label="Events, scrolls sideways">
      <table className="results" ref={ref}>
        <caption className="vh">Events, newest first</caption>
        <thead>
          <tr>
            <th scope="col" aria-sort="descending">
              {ZONE_CITY}
            </th>
            <th scope="col">Who, where</th>
            <th scope="col">Did</th>
            <th scope="col">To</th>
            <th scope="col" className="num">
              Out
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((event, index) => {
            const current = event.uid === selected?.uid;
            const day = local(event.time, "date");
            const previous = rows[index - 1];
            return (
              <Fragment key={event.uid}>
                {(previous === undefined || local(previous.time, "date") !== day) && (
                  <tr className="day">
                    <th colSpan={5} scope="rowgroup">
                      {day}
                    </th>
                  </tr>
                )}
                <tr
                  data-row
                  className={current ? "cursor" : undefined}
                  aria-current={current ? "true" : undefined}
                  tabIndex={current ? 0 : -1}
                  onClick={() => onSelect(index)}
                  onFocus={() => onSelect(index)}
                >
                  <td className="mono nowrap">
                    <Time ms={event.time} shape="exact" />
                  </td>
                  <td>
                    <Untrusted
                      text={[event.actor, event.host || event.address].filter((part) => part !== "").join(", ")}
                      form="sentence"
                    />
                  </td>
                  <td className="nowrap">
                    {event.operation === "" ? event.class_name.replaceAll("_", " ") : event.operation}
                  </td>
                  <td>
                    {event.destination === "" ? (
                      <span className="dimmer">{destinationOf(event)}</span>
                    ) : (
                      <Untrusted text={event.destination} form="host" />
                    )}
                    {event.verdict === "unsanctioned" && <span className="dim"> unsanctioned</span>}
                  </td>
                  <td className="num">{event.bytes_out === null ? "" : bytes(event.bytes_out)}</td>
                </tr>
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Where it went when no code host is named: whatever address the event has. */
function destinationOf({ fields }: EventItem) {
  const found = [
    "dst_endpoint.hostname",
    "http_request.url.hostname",
    "tls.sni",
    "query.hostname",
    "dst_endpoint.ip",
    "file.path",
    "process.cmd_line",
  ]
    .map((path) => fields[path])
    .find((value) => typeof value === "string");
  return typeof found === "string" ? <Untrusted text={found} form="host" /> : null;
}
