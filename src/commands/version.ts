import { readFileSync } from "node:fs";

/** Of package.json, found from the sources and from the built files alike. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const up of ["../../", "../../../"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), "utf8")) as {
        name: string;
        version: string;
      };
      if (name === "sallyport") return version;
    } catch {
      // Not there: the other layout.
    }
  }
  return "0.0.0";
}
