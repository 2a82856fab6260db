/** The first screen: what needs somebody now. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { assignTo } from "../../api/actions.ts";
import { address } from "../../api/client.ts";
import { clearArrived, useLive } from "../../api/live.ts";
import { countsQuery, incidentsQuery, sessionQuery, statusQuery } from "../../api/queries.ts";
import type { Incident } from "../../api/types.ts";
import { useBlindNow } from "../../frame/blind-now.ts";
import { useKeys } from "../../frame/keys.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { count, counted } from "../../text/numbers.ts";
import { local, ZONE_CITY } from "../../text/time.tsx";
import { CloseDialog } from "./close-dialog.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { QueueTable } from "./queue-table.tsx";
import { usePicking } from "./picking.ts";
import { queueFilter, viewFilter, viewOf, VIEWS } from "./views.ts";

export function QueuePage() {
  const search = useSearch({ from: "/" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const me = useQuery(sessionQuery).data?.name ?? "";
  const view = viewOf(search);
  const filter = queueFilter(search, me);
  const incidents = useInfiniteQuery(incidentsQuery(filter));
  const rows = useMemo(() => incidents.data?.pages.flatMap(({ items }) => items) ?? [], [incidents.data]);
  const picking = usePicking(rows);
  const [closing, setClosing] = useState<readonly Incident[] | null>(null);
  const [filtering, setFiltering] = useState(false);
  const { arrived } = useLive();
  const table = useRef<HTMLTableElement>(null);

  const move = (by: number): void => {
    const next = picking.move(by);
    if (next === undefined) return;
    const row = table.current?.querySelector<HTMLElement>(`tr[data-uid="${next.uid}"]`);
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const assign = (): void => void assignTo(client, picking.targets, me).then(picking.clear);
  const startClosing = (): void => setClosing(picking.targets.length === 0 ? null : picking.targets);
  const reload = (): void => {
    clearArrived();
    void client.invalidateQueries({ queryKey: ["incidents"] });
    void client.invalidateQueries({ queryKey: ["counts"] });
  };
  useKeys("Queue", [
    { keys: "j", with: "k", label: "move", foot: true, run: () => move(1) },
    { keys: "k", label: "move up", run: () => move(-1) },
    {
      keys: "enter",
      label: "open",
      foot: true,
      run: () => {
        if (picking.cursor !== undefined) void navigate({ to: "/incidents/$uid", params: { uid: picking.cursor.uid } });
      },
    },
    { keys: "a", label: "assign to me, again: give back", run: assign },
    { keys: "c", label: "close with a reason", run: startClosing },
    { keys: "e", label: "export evidence", foot: true, run: () => exportEvidence(picking.targets) },
    { keys: "x", label: "select", foot: true, run: () => picking.cursor && picking.toggle(picking.cursor.uid) },
    { keys: "shift x", label: "select the range", run: () => picking.range() },
    { keys: "f", label: "filter", foot: true, run: () => setFiltering(true) },
    { keys: "r", label: "show what is new", run: reload },
    { keys: "esc", label: "clear what is selected", run: picking.clear },
  ]);

  return (
    <>
      <main id="main" tabIndex={-1}>
        <Sentence me={me} />
        <nav className="tabs" aria-label="Views">
          {VIEWS.map(({ id, label }) => (
            <ViewTab key={id} id={id} label={label} current={id === view} me={me} />
          ))}
          <span className="push">
            <button className="chip" type="button" aria-expanded={filtering} onClick={() => setFiltering(!filtering)}>
              Filter <kbd>f</kbd>
            </button>
            <Link className="chip" to="/" search={{ ...search, sort: filter.sort === "time" ? "risk" : "time" }}>
              Sort <b>{filter.sort === "time" ? "latest" : "risk"}</b>
            </Link>
            <a className="chip" href={address("/api/v1/incidents.csv", filter)} download>
              CSV
            </a>
            <span>Times in {ZONE_CITY}</span>
          </span>
        </nav>
        <NotSeen />
        {(filtering || isFiltered(search)) && (
          <FilterBar search={search} focus={filtering} onClose={() => setFiltering(false)} />
        )}
        {arrived.size > 0 && (
          <button className="arrived" type="button" onClick={reload}>
            {arrived.size} new, show {arrived.size === 1 ? "it" : "them"} <kbd>r</kbd>
          </button>
        )}
        {incidents.isError && (
          <Failed what="Queue not loaded" error={incidents.error} retry={() => void incidents.refetch()} />
        )}
        {incidents.isPending && <Pending rows={8} />}
        {incidents.isSuccess && rows.length === 0 && <EmptyQueue filtered={isFiltered(search)} view={view} />}
        {rows.length > 0 && (
          <QueueTable
            ref={table}
            rows={rows}
            picking={picking}
            me={me}
            byTime={filter.sort === "time" || view === "closed"}
          />
        )}
        {incidents.hasNextPage && (
          <div className="btnrow">
            <button
              className="btn"
              type="button"
              aria-busy={incidents.isFetchingNextPage}
              onClick={() => void incidents.fetchNextPage()}
            >
              Show 100 more
            </button>
          </div>
        )}
      </main>
      {picking.picked.size > 0 ? (
        <aside className="actions" aria-label="Actions on what is selected">
          <span className="strong">{picking.picked.size} selected</span>
          <button className="btn primary" type="button" onClick={assign}>
            Assign to me <kbd>a</kbd>
          </button>
          <button className="btn" type="button" onClick={startClosing}>
            Close with a reason <kbd>c</kbd>
          </button>
          <button className="btn" type="button" onClick={() => exportEvidence(picking.targets)}>
            Evidence <kbd>e</kbd>
          </button>
          <button className="btn quiet" type="button" onClick={picking.clear}>
            Clear <kbd>esc</kbd>
          </button>
        </aside>
      ) : (
        <QueueFoot onAssign={assign} onClose={startClosing} />
      )}
      {closing !== null && (
        <CloseDialog
          incidents={closing}
          onClose={(done) => {
            setClosing(null);
            if (done) picking.clear();
          }}
        />
      )}
    </>
  );
}

function isFiltered(search: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(search).some((name) => name !== "view" && name !== "sort");
}

function QueueFoot({ onAssign, onClose }: { onAssign: () => void; onClose: () => void }) {
  const { silentSince } = useLive();
  return (
    <Foot
      extra={
        <>
          <li>
            <button type="button" className="keybutton" onClick={onAssign}>
              <kbd>a</kbd>assign to me
            </button>
          </li>
          <li>
            <button type="button" className="keybutton" onClick={onClose}>
              <kbd>c</kbd>close
            </button>
          </li>
        </>
      }
    >
      {silentSince === null
        ? "Seen by: E endpoint, N network, I identity, R repository audit"
        : `Not live since ${local(silentSince, "minute")}`}
    </Foot>
  );
}

/** The whole evidence of incidents, an archive each. */
function exportEvidence(incidents: readonly Incident[]): void {
  for (const { uid } of incidents) {
    const link = document.createElement("a");
    link.href = `/api/v1/incidents/${uid}/evidence`;
    link.download = `evidence-${uid}.zip`;
    link.click();
  }
}

function Sentence({ me }: { me: string }) {
  const open = useQuery(countsQuery(viewFilter("open", me))).data;
  const urgent = useQuery(countsQuery({ state: "open", assignee: "", severity: "high,critical" })).data;
  const status = useQuery(statusQuery).data;
  const sentence =
    open === undefined || urgent === undefined
      ? "Queue"
      : open.total === 0
        ? "Nothing is open"
        : urgent.total === 0
          ? `${open.total} open, none needs you now`
          : `${count(open.total)} open, ${count(urgent.total)} need${urgent.total === 1 ? "s" : ""} you now`;
  useTitle(open === undefined ? "Queue" : `Queue (${open.total})`);
  return (
    <div className="pagehead">
      <h1>{sentence}</h1>
      <p>
        {status === undefined || open === undefined || urgent === undefined
          ? "\u00a0"
          : `of ${counted(status.store.activities, "event")} from ${counted(status.sources.length, "source")}`}
      </p>
    </div>
  );
}

function ViewTab({
  id,
  label,
  current,
  me,
}: {
  id: (typeof VIEWS)[number]["id"];
  label: string;
  current: boolean;
  me: string;
}) {
  const counts = useQuery(countsQuery(viewFilter(id, me))).data;
  return (
    <Link to="/" search={id === "open" ? {} : { view: id }} aria-current={current ? "page" : undefined}>
      {label} <span className="count">{counts === undefined ? "\u2007" : count(counts.total)}</span>
    </Link>
  );
}

function NotSeen() {
  const blind = useBlindNow();
  if (blind === null) return <div className="notseen waiting-strip" />;
  if (blind.length === 0) return null;
  return (
    <aside className="notseen" aria-label="Not visible right now">
      <span className="hatch" aria-hidden="true" />
      <ul className="items">
        {blind.slice(0, 3).map(({ text }, index) => (
          <li key={text}>
            {index === 0 && <b>Not visible now: </b>}
            {text}
          </li>
        ))}
        {blind.length > 3 && <li>and {blind.length - 3} more</li>}
      </ul>
      <Link className="push" to="/sources">
        Sources
      </Link>
    </aside>
  );
}

function EmptyQueue({ filtered, view }: { filtered: boolean; view: string }) {
  const status = useQuery(statusQuery).data;
  const blind = useBlindNow();
  if (filtered)
    return (
      <Empty title="No incident is like that">
        <p>Take a part of the filter away, or look at all of them.</p>
        <div className="btnrow">
          <Link className="btn" to="/" search={{ view }}>
            All of this view
          </Link>
        </div>
      </Empty>
    );
  if (status !== undefined && status.store.activities === 0)
    return (
      <Empty title="No source has sent anything yet">
        <p>
          Read logs with <code>sallyport scan LOGS --store STORE</code>, or look around with the logs of an invented
          company: <code>sallyport demo</code>.
        </p>
        <div className="btnrow">
          <Link className="btn" to="/sources">
            Sources
          </Link>
        </div>
      </Empty>
    );
  return (
    <Empty
      title={
        view === "closed"
          ? "Nothing has been closed"
          : view === "mine"
            ? "Nothing is yours"
            : view === "suppressed"
              ? "Nothing is suppressed"
              : "No open incidents"
      }
    >
      <p>
        {status === undefined ? "" : `${counted(status.store.activities, "event")} looked at. `}
        An empty queue is not a quiet night
        {blind === null || blind.length === 0
          ? "."
          : `: ${counted(blind.length, "blind spot")} ${blind.length === 1 ? "is" : "are"} open.`}
      </p>
      <div className="btnrow">
        <Link className="btn" to="/coverage">
          What could be seen
        </Link>
        <Link className="btn quiet" to="/" search={{ view: view === "closed" ? "open" : "closed" }}>
          {view === "closed" ? "Open incidents" : "Closed incidents"}
        </Link>
      </div>
    </Empty>
  );
}
