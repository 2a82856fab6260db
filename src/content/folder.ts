/** Where the content that comes with the product lies. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Absolute path of a content folder, found from the sources and from the built files alike, which lie one level deeper. */
export function contentFolder(name: "catalogue" | "detections"): string {
  const fromSources = fileURLToPath(new URL(`../../${name}/`, import.meta.url));
  return existsSync(fromSources) ? fromSources : fileURLToPath(new URL(`../../../${name}/`, import.meta.url));
}
