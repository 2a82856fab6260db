import { say } from "../../frame/toast.tsx";
import type { EventDetail } from "../../api/types.ts";
import { counted } from "../../text/numbers.ts";
import { spellOut } from "../../text/spell-out.ts";
import { local, utc, ZONE_CITY } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { factsOf, highlight, valueAt } from "./fields.ts";

/** One event: what it says by OCSF path, and its line as received with those values marked. */
export function EventView({ event }: { readonly event: EventDetail }) {
  const facts = factsOf(event.event);
  const spelled = spellOut(event.raw_data).filter((piece) => piece.spelled).length;
  const className = valueAt(event.event, "class_name");
  const activityName = valueAt(event.event, "activity_name");
  return (
    <div className="eventview">
      <dl className="facts small">
        <dt>time</dt>
        <dd>
          {local(event.time, "exact")} {ZONE_CITY}, {utc(event.time, "exact")} UTC
        </dd>
        <dt>class</dt>
        <dd>
          {typeof className === "string" ? <Untrusted text={className} form="sentence" /> : "not read"}
          {typeof activityName === "string" && (
            <>
              , <Untrusted text={activityName} form="sentence" />
            </>
          )}
        </dd>
        {facts.map(({ path, value }) => (
          <div className="fact" key={path}>
            <dt>{path}</dt>
            <dd>
              <Untrusted text={value} />
            </dd>
          </div>
        ))}
      </dl>
      <div>
        <pre className="raw" tabIndex={0} aria-label="As received">
          {highlight(event.raw_data, facts).map(({ text, path }, index) =>
            path === null ? (
              <RawText key={index} text={text} />
            ) : (
              <mark key={index} title={path}>
                <RawText text={text} />
              </mark>
            ),
          )}
        </pre>
        <p className="figure-note">
          {event.source}, as received{spelled > 0 && `; ${counted(spelled, "character")} spelled out`}. Nothing here is
          a link.{" "}
          <button
            className="chip"
            type="button"
            onClick={() =>
              void navigator.clipboard.writeText(event.raw_data).then(
                () => say("Copied as received: addresses in it are live"),
                () => say("Not copied: the browser does not allow it"),
              )
            }
          >
            Copy as received
          </button>
        </p>
      </div>
    </div>
  );
}

/** Spelled out whole; a line end inside is told, and taken. */
function RawText({ text }: { readonly text: string }) {
  return spellOut(text).map((piece, index) =>
    piece.spelled ? (
      <span key={index}>
        <span className="c">{piece.text}</span>
        {piece.text === "⟦LF⟧" && "\n"}
      </span>
    ) : (
      piece.text
    ),
  );
}
