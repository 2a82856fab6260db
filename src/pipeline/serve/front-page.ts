/** Pages that need no script: signing in, and the incidents while the console is not built. */
import { printable } from "../../model/printable.ts";
import type { IncidentItem, Output } from "./contract.ts";

export const STYLE_PATH = "/page.css";
/** Browsers ask for /favicon.ico where a page names no other. */
export const ICON_PATH = "/gate.svg";
/** The gate, for builds without the console; the console has its own file of this name. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 20"><path fill="#0b5c6b" fill-rule="evenodd" d="M0 20V8.5C0 3.8 4 0 9 0s9 3.8 9 8.5V20h-5.2V9.2C12.8 7 11.1 5.4 9 5.4S5.2 7 5.2 9.2V20Z"/></svg>';
/** A file of its own, because the policy of the pages allows no style inside them. */
export const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#1b2024,#e8e9e6);--dim:light-dark(#4c555c,#aab2b6);--ground:light-dark(#f6f5f1,#14181b);--card:light-dark(#fff,#1c2226);--line:light-dark(#d9d6cc,#333b41);--act:light-dark(#0b5c6b,#6cc5d4)}
*{box-sizing:border-box}body{margin:0 auto;max-width:64rem;padding:1.5rem;font:1rem/1.5 system-ui,sans-serif;background:var(--ground);color:var(--ink)}
a{color:var(--act)}h1{font-size:1.4rem}article{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:1rem;margin:1rem 0}
h2{font-size:1.05rem;margin:0 0 .5rem;overflow-wrap:anywhere}ul{margin:.5rem 0;padding-left:1.2rem}li{overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}.dim{color:var(--dim)}input,button{font:inherit;padding:.4rem .7rem}input{width:min(36rem,100%)}label{display:block;margin-bottom:.3rem}
:focus-visible{outline:2px solid var(--act);outline-offset:2px}`;

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><link rel="icon" href="${ICON_PATH}"><link rel="stylesheet" href="${STYLE_PATH}"></head><body><main>${body}</main></body></html>\n`;
}

/** The ways in that an installation has. */
export interface SignInWays {
  /** There are users with passwords. */
  readonly users: boolean;
  /** What the OpenID Connect provider is called; null: there is none. */
  readonly provider: string | null;
  /** The link printed at the start works. */
  readonly links: boolean;
}

/** @param note what went wrong the time before; null: nothing */
export function signInPage({ users, provider, links }: SignInWays, note: string | null): string {
  const token = `<form method="post" action="/sign-in"><label for="token">API token</label><input id="token" name="token" type="password" autocomplete="off" required maxlength="200"> <button>Sign in</button></form>`;
  const open = users || provider !== null;
  return page(
    "Sign in · Sallyport",
    `<h1>Sign in to Sallyport</h1>${note === null ? "" : `<p role="alert">${escape(note)}</p>`}
${provider === null ? "" : `<p><a href="/sign-in/oidc">Sign in with ${escape(provider)}</a></p>`}
${
  users
    ? `<form method="post" action="/sign-in"><p><label for="user">User</label><input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64"></p>
<p><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024"></p><p><button>Sign in</button></p></form>`
    : ""
}
${
  links
    ? "<p>Open the link that was printed when Sallyport started, or give an API token. The first one is in the file <code>first-token</code> of the store's folder.</p>"
    : ""
}${open ? `<details><summary>Sign in with an API token</summary>${token}</details>` : token}`,
  );
}

/** Leads on to the console: cookies set by an answer to another site's page are sent with what our own page asks for. */
export function signedInPage(): string {
  return page("Signed in · Sallyport", '<p>You are signed in. <a href="/">Go on to the console</a>.</p>').replace(
    "<head>",
    '<head><meta http-equiv="refresh" content="0;url=/">',
  );
}

/** @param more there are incidents beyond these */
export function incidentsPage(incidents: readonly Output<typeof IncidentItem>[], more: boolean): string {
  const time = (ms: number): string => {
    const iso = new Date(ms).toISOString();
    return `<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
  };
  const list = (values: readonly string[]): string =>
    values.length === 0 ? "not known" : values.slice(0, 6).map(escape).join(", ");
  const articles = incidents.map(
    (
      incident,
    ) => `<article aria-labelledby="i${incident.uid}"><h2 id="i${incident.uid}">${incident.risk_score} ${incident.severity}: ${escape(incident.title)}</h2>
<dl><dt>Who</dt><dd>${list(incident.actors)}</dd><dt>From</dt><dd>${list([...incident.hosts, ...incident.addresses])}</dd><dt>To</dt><dd>${list(incident.destinations)}</dd><dt>When</dt><dd>${time(incident.first_time)} to ${time(incident.last_time)}</dd><dt>State</dt><dd>${incident.state}${incident.assignee === null ? ", nobody has it" : `, ${escape(incident.assignee)}`}</dd></dl>
<p>Why</p><ul>${incident.reasons.map(({ text, points }) => `<li>+${points} ${escape(text)}</li>`).join("")}</ul>
${incident.blind_spots.length === 0 ? "" : `<p>Not seen</p><ul>${incident.blind_spots.map(({ text }) => `<li>${escape(text)}</li>`).join("")}</ul>`}</article>`,
  );
  const count =
    incidents.length === 0 ? "No open incidents" : `${incidents.length}${more ? " and more" : ""} open incidents`;
  return page(
    `${count} · Sallyport`,
    `<h1>${count}, highest risk first</h1><p class="dim">The console is not part of this build. This page shows what it would; everything is in the API: <a href="/api/openapi.json">/api/openapi.json</a>.</p>${articles.join("")}`,
  );
}
