/** What the tests of the console share: one server over an invented company, one browser. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { consoleFolder } from "../../src/commands/serve-store.ts";
import { serveCompany, type ServedCompany } from "../served-company.ts";
import { openBrowser, signIn, type View, type Watched } from "./browser.ts";

const BUILD_CONSOLE = fileURLToPath(new URL("../../bin/build-console.mjs", import.meta.url));

/** Every page, with what stands on it once it is complete. FIRST: an incident; USER: who did it. */
export const PAGES: readonly { readonly path: string; readonly complete: string }[] = [
  { path: "/", complete: ".queue tr[data-uid]" },
  { path: "/incidents/FIRST", complete: ".evidence tbody tr" },
  { path: "/search?q=context.destination.verdict:unsanctioned", complete: ".results tr[data-row]" },
  { path: "/search/sql?q=SELECT%201", complete: ".schema details" },
  { path: "/entities", complete: "tbody tr" },
  { path: "/entities/user?name=USER", complete: "#h-heat" },
  { path: "/detections", complete: "#h-text" },
  { path: "/coverage", complete: "#h-attack" },
  { path: "/sources", complete: "#h-quarantine" },
  { path: "/policy", complete: "#h-ours" },
  { path: "/report", complete: "#q3" },
  { path: "/access", complete: "section[aria-labelledby=h-audit] tbody tr" },
];

export const poll = <Value>(read: () => Promise<Value>) => expect.poll(read, { timeout: 10_000 });

/** Filled by `start`; tests read it when they run. */
export class Setting {
  company!: ServedCompany;
  browser!: Browser;
  paths: readonly { readonly path: string; readonly complete: string }[] = [];

  async start(): Promise<void> {
    execFileSync(process.execPath, [BUILD_CONSOLE]);
    this.company = await serveCompany(7, { consoleFolder: consoleFolder() });
    this.browser = await openBrowser();
    const { items } = await this.company.json<{ items: { uid: string; actors: string[] }[] }>("/api/v1/incidents");
    const user = items.find(({ actors }) => actors.length > 0)?.actors[0] ?? "";
    this.paths = PAGES.map(({ path, complete }) => ({
      path: path.replace("FIRST", items[0]?.uid ?? "").replace("USER", encodeURIComponent(user)),
      complete,
    }));
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.company?.close();
  }

  get address(): string {
    return this.company.server.address;
  }

  open(view: View = {}, token = this.company.token): Promise<Watched> {
    return signIn(this.browser, this.address, token, view);
  }

  async goTo(page: Page, path: string, complete: string): Promise<void> {
    await page.goto(`${this.address}${path}`);
    await page.waitForSelector(complete);
  }
}
