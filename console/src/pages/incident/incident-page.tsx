/** One incident: the sentence, the chain, what happened, why, what could not be seen, the evidence, what to do. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { assignTo, DISPOSITIONS, reopen } from "../../api/actions.ts";
import { incidentQuery, sessionQuery } from "../../api/queries.ts";
import type { EntityKind, IncidentDetail } from "../../api/types.ts";
import { useKeys } from "../../frame/keys.ts";
import { Steps, titleCase } from "../../frame/marks.tsx";
import { Failed, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { say } from "../../frame/toast.tsx";
import { bytes, counted, span } from "../../text/numbers.ts";
import { both, local, utc, ZONE_CITY } from "../../text/time.tsx";
import { spelledText } from "../../text/spell-out.ts";
import { Untrusted } from "../../text/untrusted.tsx";
import { CloseDialog } from "../queue/close-dialog.tsx";
import { SuppressionDialog } from "../suppression/suppression-dialog.tsx";
import { ChainFigure } from "./chain-figure.tsx";
import { Evidence } from "./evidence.tsx";
import { useNeighbours } from "./neighbours.ts";
import { BlindSpots, NextSteps, Record, Similar } from "./record.tsx";
import { Timeline } from "./timeline.tsx";
import { Usual } from "./usual.tsx";
import { Why } from "./why.tsx";

export function IncidentPage() {
  const { uid } = useParams({ from: "/incidents/$uid" });
  const { data: incident, error, isPending, refetch } = useQuery(incidentQuery(uid));
  useTitle(incident === undefined ? "Incident" : spelledText(incident.title));
  if (incident !== undefined) return <Shown key={uid} incident={incident} />;
  return (
    <main id="main" tabIndex={-1}>
      <div className="crumbs">
        <Link to="/">Queue</Link>
        <span aria-hidden="true">/</span>
        <span className="mono">{uid.slice(0, 12)}</span>
      </div>
      <h1 className="vh">Incident</h1>
      {isPending ? (
        <Pending rows={8} />
      ) : (
        <Failed what="Incident not loaded" error={error} retry={() => void refetch()} />
      )}
    </main>
  );
}

function Shown({ incident }: { readonly incident: IncidentDetail }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useQuery(sessionQuery).data?.name ?? "";
  const neighbours = useNeighbours(incident.uid);
  const [closing, setClosing] = useState(false);
  const [suppressing, setSuppressing] = useState(false);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [sought, setSought] = useState<string | null>(null);
  const noteInput = useRef<HTMLTextAreaElement>(null);
  const exported = useRef<HTMLAnchorElement>(null);
  const mine = incident.assignee === me;

  const toggle = (activity: string): void => {
    const next = new Set(opened);
    if (!next.delete(activity)) next.add(activity);
    setOpened(next);
  };
  const open = (activity: string): void => {
    setOpened(new Set([...opened, activity]));
    setSought(activity);
  };
  const go = (uid: string | undefined): void => {
    if (uid === undefined) say("There is no further incident in the queue");
    else void navigate({ to: "/incidents/$uid", params: { uid } });
  };
  const assign = (): void => void assignTo(client, [incident], me);
  const writeNote = (): void => {
    noteInput.current?.scrollIntoView({ block: "center" });
    noteInput.current?.focus();
  };
  useKeys("Incident", [
    { keys: "j", label: "next incident", run: () => go(neighbours.next) },
    { keys: "k", label: "previous incident", run: () => go(neighbours.previous) },
    { keys: "a", label: "assign to me, again: give back", run: assign },
    { keys: "c", label: "close with a reason", run: () => setClosing(true) },
    { keys: "o", label: "open it again", run: () => void reopen(client, [incident]) },
    { keys: "s", label: "suppress, after a preview", run: () => setSuppressing(true) },
    { keys: "n", label: "note", run: writeNote },
    { keys: "e", label: "export evidence", run: () => exported.current?.click() },
    { keys: "p", label: "print", run: () => print() },
    { keys: "esc", label: "back to the queue", run: () => void navigate({ to: "/" }) },
  ]);
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="crumbs">
          <Link to="/">Queue</Link>
          <span aria-hidden="true">/</span>
          <span className="mono">{incident.uid.slice(0, 12)}</span>
          <button className="chip" type="button" onClick={() => void copyId(incident.uid)}>
            Copy id
          </button>
          <span className="push">
            {neighbours.place !== null && <span>{neighbours.place}</span>}
            <span>
              <kbd>k</kbd> previous
            </span>
            <span>
              <kbd>j</kbd> next
            </span>
            <button className="chip" type="button" onClick={() => print()}>
              Print
            </button>
          </span>
        </div>
        <Story incident={incident} me={me} />
        <ChainFigure incident={incident} />
        <Timeline incident={incident} onOpen={open} />
        <div className="cols even">
          <Why incident={incident} />
          <div>
            <BlindSpots incident={incident} />
            <NextSteps incident={incident} />
          </div>
        </div>
        <Usual incident={incident} />
        <Evidence activities={incident.activities} opened={opened} onToggle={toggle} sought={sought} />
        <div className="cols even">
          <Record incident={incident} input={noteInput} />
          <Similar incident={incident} />
        </div>
      </main>
      <aside className="actions" aria-label="Actions">
        <button className="btn primary" type="button" onClick={assign}>
          {mine ? "Give back" : "Assign to me"} <kbd>a</kbd>
        </button>
        {incident.state === "closed" && (
          <button className="btn" type="button" onClick={() => void reopen(client, [incident])}>
            Open again <kbd>o</kbd>
          </button>
        )}
        <button className="btn" type="button" onClick={() => setClosing(true)}>
          {incident.state === "closed" ? "Another reason" : "Close with a reason"} <kbd>c</kbd>
        </button>
        <button className="btn" type="button" onClick={() => setSuppressing(true)}>
          Suppress… <kbd>s</kbd>
        </button>
        <a
          ref={exported}
          className="btn"
          href={`/api/v1/incidents/${incident.uid}/evidence`}
          download={`evidence-${incident.uid}.zip`}
        >
          Export evidence <kbd>e</kbd>
        </a>
        <button className="btn quiet" type="button" onClick={writeNote}>
          Note <kbd>n</kbd>
        </button>
        <span className="push">
          Nothing here stops traffic. <kbd>u</kbd> undoes the last action.
        </span>
      </aside>
      {suppressing && <SuppressionDialog incident={incident} onClose={() => setSuppressing(false)} />}
      {closing && <CloseDialog incidents={[incident]} onClose={() => setClosing(false)} />}
    </>
  );
}

function Story({ incident, me }: { readonly incident: IncidentDetail; readonly me: string }) {
  const { title, first_time: first, last_time: last, severity, risk_score: score } = incident;
  const owner = incident.assignee === null ? "nobody yet" : incident.assignee === me ? "you" : incident.assignee;
  const state =
    incident.disposition === null ? incident.state : `closed, ${DISPOSITIONS[incident.disposition].toLowerCase()}`;
  return (
    <header className="story">
      <div>
        <h1>
          <Untrusted text={title} form="sentence" />
        </h1>
        <p className="meta">
          <span title={both(first)}>
            {local(first, "date")}, {local(first, "clock")} to{" "}
            {local(last, "date") === local(first, "date") ? "" : `${local(last, "date")}, `}
            {local(last, "clock")} {ZONE_CITY} <span className="dimmer">({utc(first, "clock")} UTC)</span>
          </span>
          <span>{span(Date.now() - last)} ago</span>
          <span>
            {state}, <Untrusted text={owner} form="sentence" />
          </span>
          <span>{incident.bytes_out === null ? "bytes not told" : `${bytes(incident.bytes_out)} out`}</span>
          <span>{counted(incident.findings.length, "finding")}</span>
          {incident.analytics.length > 0 && <span>{incident.analytics.join(", ")}</span>}
          {incident.attack.length > 0 && <span>{incident.attack.join(", ")}</span>}
        </p>
        <p className="meta">
          {incident.actors.slice(0, 3).map((name) => entityLink("user", name))}
          {incident.hosts.slice(0, 3).map((name) => entityLink("host", name))}
          {incident.addresses.slice(0, 2).map((name) => entityLink("address", name))}
          {incident.destinations.slice(0, 2).map((name) => entityLink("destination", name))}
        </p>
      </div>
      <div className="score">
        <b>{score}</b>
        <Steps severity={severity} />
        <span>
          {titleCase(severity)}, <a href="#why">why</a>
        </span>
      </div>
    </header>
  );
}

/** To a page of the console; the name itself is never an address. */
function entityLink(kind: EntityKind, name: string) {
  return (
    <Link key={`${kind}${name}`} to="/entities/$kind" params={{ kind }} search={{ name }}>
      <Untrusted text={name} form="host" />
    </Link>
  );
}

async function copyId(uid: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(uid);
    say("Copied the id");
  } catch {
    say("Not copied: the browser does not allow it");
  }
}
