import { Link } from "@tanstack/react-router";

/** The two ways to ask. */
export function SearchTabs({ current }: { readonly current: "events" | "sql" }) {
  return (
    <nav className="tabs" aria-label="Ways to ask">
      <Link to="/search" aria-current={current === "events" ? "page" : undefined} activeOptions={{ exact: true }}>
        Events
      </Link>
      <Link to="/search/sql" aria-current={current === "sql" ? "page" : undefined}>
        SQL
      </Link>
    </nav>
  );
}
