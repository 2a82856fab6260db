/** A browser for tests and pictures: Debian's Chromium, or whichever CHROMIUM names. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of a browser; null when this machine has none. */
export function findBrowser(): string | null {
  return [process.env.CHROMIUM ?? "", ...PLACES].find((path) => path !== "" && existsSync(path)) ?? null;
}

/** Why tests are skipped that need one. */
export const NO_BROWSER = "no Chromium on this machine (apt-get install chromium, or set CHROMIUM to its path)";

/** @throws {Error} when there is none */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error(NO_BROWSER);
  // In a container, root's Chromium cannot have its own sandbox; the pages are the product's own.
  return await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page said was wrong: errors, refusals of the content security policy, requests to anywhere else. */
  readonly complaints: string[];
}

export interface View {
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

/** A page that is signed in at `address` and watched. */
export async function signIn(
  browser: Browser,
  address: string,
  token: string,
  { theme = "light", width = 1_440, height = 900 }: View = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  // Shorter than a test may take: what is waited for in vain is named.
  context.setDefaultTimeout(20_000);
  const response = await context.request.post(`${address}/api/v1/session`, {
    data: { token },
    headers: { origin: address },
  });
  if (!response.ok()) throw new Error(`cannot sign in: ${response.status()} ${await response.text()}`);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) complaints.push(`request to ${request.url()}`);
  });
  return { context, page, complaints };
}
