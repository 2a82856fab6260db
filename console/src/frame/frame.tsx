/** What stands around every page: bar, keys, toast, and for narrow screens the places at the bottom. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { countsQuery, policyQuery, sessionQuery } from "../api/queries.ts";
import { signOut } from "../api/client.ts";
import { Spelled } from "../text/untrusted.tsx";
import { useBlindNow } from "./blind-now.ts";
import { Find } from "./find.tsx";
import { KeysDialog } from "./keys-dialog.tsx";
import { useKeys } from "./keys.ts";
import { Sprite } from "./marks.tsx";
import { ToastArea, undoLast } from "./toast.tsx";
import { ViewMenu } from "./view-menu.tsx";

const PLACES = [
  { to: "/", label: "Queue", keys: "g i" },
  { to: "/entities", label: "Entities", keys: "g e" },
  { to: "/search", label: "Search", keys: "g s" },
  { to: "/detections", label: "Detections", keys: "g r" },
  { to: "/coverage", label: "Coverage", keys: "g c" },
  { to: "/sources", label: "Sources", keys: "g o" },
  { to: "/policy", label: "Policy", keys: "g p" },
  { to: "/report", label: "Report", keys: "g t" },
] as const;
const NARROW = new Set<string>(["/", "/search", "/coverage", "/detections"]);

export function Frame() {
  const navigate = useNavigate();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [helping, setHelping] = useState(false);
  const find = useRef<HTMLInputElement>(null);
  useKeys("Everywhere", [
    ...PLACES.map(({ to, label, keys }) => ({ keys, label: label.toLowerCase(), run: () => void navigate({ to }) })),
    {
      keys: "/",
      label: "search",
      run: () => {
        const own = document.querySelector<HTMLInputElement>("[data-main-search]");
        (own ?? find.current)?.focus();
        (own ?? find.current)?.select();
      },
    },
    { keys: "u", label: "undo the last action", run: () => void undoLast() },
    { keys: "z", label: "hold: times in UTC", run: () => {} },
    { keys: "?", label: "all keys", run: () => setHelping(true) },
  ]);
  useMovedFocus(path);
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Sprite />
      <Bar path={path} find={find} onHelp={() => setHelping(true)} />
      <Outlet />
      <nav className="tabbar" aria-label="Main, narrow screens">
        {PLACES.filter(({ to }) => NARROW.has(to)).map(({ to, label }) => (
          <Link key={to} to={to} aria-current={isCurrent(to, path) ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <ToastArea />
      {helping && <KeysDialog onClose={() => setHelping(false)} />}
    </>
  );
}

function isCurrent(to: string, path: string): boolean {
  return to === "/" ? path === "/" || path.startsWith("/incidents/") : path === to || path.startsWith(`${to}/`);
}

/** A new page is a new page for those who do not see it, too. */
function useMovedFocus(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else document.getElementById("main")?.focus({ preventScroll: true });
  }, [path]);
}

function Bar({
  path,
  find,
  onHelp,
}: {
  path: string;
  find: React.RefObject<HTMLInputElement | null>;
  onHelp: () => void;
}) {
  const open = useQuery(countsQuery({})).data?.states.open;
  const organisation = useOrganisation();
  return (
    <header className="bar">
      <Link className="brand" to="/">
        <svg aria-hidden="true">
          <use href="#gate" />
        </svg>
        Sallyport
        {organisation !== null && (
          <span className="org">
            <Spelled text={organisation} />
          </span>
        )}
      </Link>
      <nav className="nav" aria-label="Main">
        {PLACES.map(({ to, label }) => (
          <Link key={to} to={to} aria-current={isCurrent(to, path) ? "page" : undefined}>
            {label}
            {to === "/" && <span className="count">{open ?? "\u2007"}</span>}
          </Link>
        ))}
      </nav>
      <Find input={find} />
      <Health />
      <ViewMenu onHelp={onHelp} />
      <Who />
    </header>
  );
}

/** As it was called the last time until it is known, so that the bar does not move. */
function useOrganisation(): string | null {
  const policy = useQuery(policyQuery).data;
  useEffect(() => {
    if (policy === undefined) return;
    try {
      localStorage.setItem("sallyport.organisation", policy.organization ?? "");
    } catch {
      // Kept nowhere: the bar moves once.
    }
  }, [policy]);
  if (policy !== undefined) return policy.organization;
  try {
    return localStorage.getItem("sallyport.organisation") || null;
  } catch {
    return null;
  }
}

function Health() {
  const blind = useBlindNow();
  if (blind === null || blind.length === 0) return <span className="health" />;
  return (
    <Link className="health" to="/sources">
      <span className="swatch-blind" aria-hidden="true" />
      {blind.length === 1 ? "1 blind spot" : `${blind.length} blind spots`}
    </Link>
  );
}

function Who() {
  const session = useQuery(sessionQuery).data;
  const initials = (session?.name ?? "")
    .split(/[\s._-]+/, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
  return (
    <details className="menu account">
      <summary aria-label={`Signed in as ${session?.name ?? "nobody"}`}>
        <span className="who">{initials}</span>
      </summary>
      <div>
        <p>
          {session?.name} <span className="dimmer">{session?.role}</span>
        </p>
        {session?.role === "admin" && (
          <p>
            <Link to="/access">Access</Link>
          </p>
        )}
        <button className="btn" type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </details>
  );
}
