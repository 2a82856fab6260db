/**
 * The built console, read into memory once: what is not among its files when the server starts is not served, whatever a
 * path looks like.
 */
import { hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";

export interface ConsoleFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name holds a hash of its content: it never changes. */
  readonly immutable: boolean;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".webmanifest", "application/manifest+json"],
  [".txt", "text/plain; charset=utf-8"],
]);

/** Path (`/assets/app-1a2b3c4d.js`) → file; null when the console has not been built. */
export function readConsole(folder: string): ReadonlyMap<string, ConsoleFile> | null {
  const files = new Map<string, ConsoleFile>();
  const read = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = `${below}/${entry.name}`;
      if (entry.isDirectory()) read(path);
      const type = TYPES.get(extname(entry.name));
      if (!entry.isFile() || type === undefined) continue;
      const body = readFileSync(join(folder, path));
      const etag = `"${hash("sha256", body, "hex").slice(0, 16)}"`;
      files.set(path, { body, type, etag, immutable: /[-.][\w-]{8,}\.\w+$/.test(entry.name) && below !== "" });
    }
  };
  try {
    if (!statSync(join(folder, "index.html")).isFile()) return null;
    read("");
  } catch {
    return null;
  }
  return files;
}
