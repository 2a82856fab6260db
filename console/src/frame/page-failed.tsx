/** Pages that cannot be shown. */
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Empty, Failed } from "./states.tsx";

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <main id="main" tabIndex={-1}>
      <div className="pagehead">
        <h1>This page cannot be shown</h1>
      </div>
      <Failed what="Page not shown" error={error} retry={reset} />
    </main>
  );
}

export function NotFound() {
  return (
    <main id="main" tabIndex={-1}>
      <div className="pagehead">
        <h1>There is no such page</h1>
      </div>
      <Empty title="The address may be of another version">
        <p>
          Everything starts at the <Link to="/">queue</Link>.
        </p>
      </Empty>
    </main>
  );
}
