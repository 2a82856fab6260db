/**
 * `npm run screenshots [PAGE...]`: pictures of the console's pages with the demo's incidents, for the documentation. They are WebP, which a
 * third of PNG's size is enough for.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { openBrowser, signIn, type View } from "./browser.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PICTURES = join(ROOT, "docs/pictures");
const MOST_BYTES = 150_000;

interface Picture extends View {
  readonly name: string;
  readonly path: string;
  readonly complete: string;
}

const WIDE = { width: 1_280, height: 800 };
/** FIRST: the incident with the highest risk; USER: who did it. */
const ALL: readonly Picture[] = [
  { name: "queue", path: "/", complete: ".queue tr[data-uid]", ...WIDE },
  { name: "queue-phone", path: "/", complete: ".queue tr[data-uid]", theme: "dark", width: 390, height: 844 },
  { name: "incident", path: "/incidents/FIRST", complete: ".evidence", ...WIDE },
  { name: "incident-dark", path: "/incidents/FIRST", complete: ".evidence", theme: "dark", ...WIDE },
  { name: "search", path: "/search?q=context.destination.verdict:unsanctioned", complete: ".pane mark", ...WIDE },
  { name: "sql", path: "/search/sql?q=SELECT%201", complete: ".schema details", theme: "dark", ...WIDE },
  { name: "entity", path: "/entities/user?name=USER", complete: "#h-heat", theme: "dark", ...WIDE },
  { name: "detections", path: "/detections", complete: "#h-text", ...WIDE },
  { name: "coverage", path: "/coverage", complete: "#h-attack", ...WIDE },
  { name: "sources", path: "/sources", complete: "#h-quarantine", ...WIDE },
  { name: "policy", path: "/policy", complete: "#h-ours", theme: "dark", ...WIDE },
  { name: "report", path: "/report", complete: "#q3", ...WIDE },
];

/** Runs the demo; resolves when its console can be opened. */
async function startDemo(folder: string): Promise<{ process: ChildProcess; address: string }> {
  const demo = spawn(
    process.execPath,
    [join(ROOT, "bin/sallyport.mjs"), "demo", "--keep", folder, "--listen", "127.0.0.1:0"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    demo.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      const found = /sign in \(once\)\s+(http:\/\/[^/\s]+)\//.exec(said)?.[1];
      if (found !== undefined && said.includes("Ctrl-C")) resolve(found);
    });
    demo.once("exit", (code) => reject(new Error(`the demo ended with exit code ${code}`)));
  });
  return { process: demo, address };
}

async function take(browser: Browser, address: string, token: string, picture: Picture): Promise<void> {
  const { page, context } = await signIn(browser, address, token, picture);
  const { items } = (await (await context.request.get(`${address}/api/v1/incidents?limit=1`)).json()) as {
    items: { uid: string; actors: string[] }[];
  };
  const [first] = items;
  await page.goto(
    address +
      picture.path.replace("FIRST", first?.uid ?? "").replace("USER", encodeURIComponent(first?.actors[0] ?? "")),
  );
  await page.waitForSelector(picture.complete);
  await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
  const png = await page.screenshot();
  await context.close();
  const webp = await toWebp(browser, png);
  const file = join(PICTURES, `${picture.name}.webp`);
  writeFileSync(file, webp);
  const size = `${Math.round(webp.length / 1000)} kB`;
  console.log(`docs/pictures/${picture.name}.webp ${size}${webp.length > MOST_BYTES ? ", too large" : ""}`);
  if (webp.length > MOST_BYTES) process.exitCode = 1;
}

/** The browser has an encoder of its own. */
async function toWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const data = await page.evaluate<string>(`(async () => {
    const blob = await (await fetch("data:image/png;base64,${png.toString("base64")}")).blob();
    const image = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.82);
  })()`);
  await page.close();
  return Buffer.from(data.slice(data.indexOf(",") + 1), "base64");
}

async function main(wanted: readonly string[]): Promise<void> {
  const pictures = wanted.length === 0 ? ALL : ALL.filter(({ name }) => wanted.includes(name));
  const folder = mkdtempSync(join(tmpdir(), "sallyport-pictures-"));
  const browser = await openBrowser();
  const demo = await startDemo(folder);
  try {
    mkdirSync(PICTURES, { recursive: true });
    const token = readFileSync(join(folder, "store", "first-token"), "utf8").trim();
    for (const picture of pictures) await take(browser, demo.address, token, picture);
  } finally {
    demo.process.kill();
    await new Promise((resolve) => demo.process.once("exit", resolve));
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
