/** Next steps, what people did, and incidents like this one. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type Ref } from "react";
import { DISPOSITIONS, note } from "../../api/actions.ts";
import type { Action, Disposition, IncidentDetail } from "../../api/types.ts";
import { SeverityWord } from "../../frame/marks.tsx";
import { Head } from "../../frame/states.tsx";
import { spelledText } from "../../text/spell-out.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

export function NextSteps({ incident }: { readonly incident: IncidentDetail }) {
  return (
    <section aria-labelledby="h-next">
      <Head id="h-next" title="Next steps" />
      <ol className="nextsteps">
        {incident.next_steps.map((step) => (
          <li key={step}>
            <Untrusted text={step} form="sentence" />
          </li>
        ))}
      </ol>
    </section>
  );
}

export function BlindSpots({ incident }: { readonly incident: IncidentDetail }) {
  const told = incident.blind_spots.filter(({ code }) => code !== "rule-limit");
  const limits = incident.blind_spots.filter(({ code }) => code === "rule-limit");
  return (
    <section aria-labelledby="h-blind">
      <Head
        id="h-blind"
        title="What we could not see"
        note="for this incident, at that time"
        push={<Link to="/coverage">Coverage</Link>}
      />
      {incident.blind_spots.length === 0 && (
        <p className="dim">Nothing that the sources of this incident would have shown is missing.</p>
      )}
      <ul className="blindlist">
        {[...told, ...limits].map(({ code, text, source }) => (
          <li key={`${code}${text}`}>
            <span className="hatch" aria-hidden="true" />
            <div>
              <Untrusted text={text} form="sentence" />
              {code !== "rule-limit" && <p>{source}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Record({
  incident,
  input,
}: {
  readonly incident: IncidentDetail;
  readonly input: Ref<HTMLTextAreaElement>;
}) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const keep = (): void => {
    if (text.trim() === "") return;
    void note(client, incident, text.trim());
    setText("");
  };
  return (
    <section aria-labelledby="h-record">
      <Head id="h-record" title="Notes and actions" note="kept for good, with who and when" />
      <ol className="record">
        {incident.actions.map((action) => (
          <li key={action.uid}>
            <Time ms={action.time} />
            <span>
              <Untrusted text={action.actor} form="sentence" /> {said(action)}
              {action.text !== null && (
                <p>
                  <Untrusted text={action.text} form="sentence" />
                </p>
              )}
            </span>
          </li>
        ))}
        {incident.actions.length === 0 && <li className="dimmer">Nobody has done anything yet.</li>}
      </ol>
      <form
        className="noteform"
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <textarea
          ref={input}
          aria-label="Note"
          placeholder="Note"
          rows={2}
          maxLength={10_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <button className="btn" type="submit">
          Keep note <kbd>ctrl enter</kbd>
        </button>
      </form>
    </section>
  );
}

function said({ kind, assignee, disposition }: Action): string {
  switch (kind) {
    case "assign":
      return assignee === null ? "gave it back" : `gave it to ${spelledText(assignee)}`;
    case "note":
      return "noted";
    case "close":
      return `closed it: ${disposition !== null && Object.hasOwn(DISPOSITIONS, disposition) ? DISPOSITIONS[disposition as Disposition].toLowerCase() : disposition}`;
    case "reopen":
      return "opened it again";
    default:
      return kind;
  }
}

export function Similar({ incident }: { readonly incident: IncidentDetail }) {
  if (incident.similar.length === 0) return null;
  return (
    <section aria-labelledby="h-similar">
      <Head id="h-similar" title="Similar incidents" note="the same behaviour by or to somebody of this story" />
      <table>
        <caption className="vh">Similar incidents</caption>
        <tbody>
          {incident.similar.map(({ uid, title, severity, last_time: last, state, disposition }) => (
            <tr key={uid}>
              <th scope="row">
                <Link to="/incidents/$uid" params={{ uid }}>
                  <Untrusted text={title} form="sentence" />
                </Link>
              </th>
              <td className="nowrap">
                <SeverityWord severity={severity} />
              </td>
              <td className="nowrap">
                <Time ms={last} />
              </td>
              <td className="nowrap">{disposition === null ? state : DISPOSITIONS[disposition].toLowerCase()}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
