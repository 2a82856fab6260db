/** What stands where something is missing: not loaded yet, failed, empty. */
import { useEffect, useState, type ReactNode } from "react";
import { ApiError } from "../api/client.ts";

/** Nothing for 200 ms, then flat bars at the height of what is to come. */
export function Pending({ rows = 3 }: { readonly rows?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting" aria-busy="true">
      {shown && <span className="vh">Loading</span>}
      {shown && Array.from({ length: rows }, (_, index) => <div key={index} className="pending" />)}
    </div>
  );
}

/** @param what that is missing now: "Timeline not loaded" */
export function Failed({
  what,
  error,
  retry,
}: {
  readonly what: string;
  readonly error: unknown;
  readonly retry?: () => void;
}) {
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <div className="error" role="alert">
      <b>
        {what}: {problem?.title ?? "something went wrong in this page"}
      </b>
      <span className="dim">
        {problem?.detail ?? (error instanceof Error ? error.message : String(error))}
        {problem !== null && problem.instance !== "" && (
          <>
            . Request <span className="mono">{problem.instance}</span>
          </>
        )}
      </span>
      {retry !== undefined && (
        <div className="btnrow">
          <button className="btn" type="button" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Heading of a part of a page. */
export function Head({
  id,
  title,
  note,
  push,
}: {
  readonly id: string;
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly push?: ReactNode;
}) {
  return (
    <div className="sechead">
      <h2 id={id}>{title}</h2>
      {note !== undefined && <small>{note}</small>}
      {push !== undefined && <span className="push">{push}</span>}
    </div>
  );
}
