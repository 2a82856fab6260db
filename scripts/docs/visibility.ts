import { BEHAVIOURS, stories, VISIBILITIES, type Visibility } from "../../demo/stories/index.ts";
import { table } from "./markdown.ts";

/** Kinds of logs, in words. */
export const VISIBILITY_NAMES: Readonly<Record<Visibility, string>> = {
  url: "inspected URL",
  "sni+flow": "name and bytes",
  sni: "name only",
  flow: "flow only",
  dns: "DNS only",
  endpoint: "endpoint",
  audit: "repository audit",
};

/** Which behaviours show in which kind of log; `test/visibility.test.ts` holds the page to simulated logs. */
export function visibilityPage(): string {
  const rows = BEHAVIOURS.map((behaviour) => [
    `[\`${behaviour}\`](detections/${behaviour}.md)`,
    ...VISIBILITIES.map((visibility) => {
      const told = stories.filter(({ shows }) => shows[visibility]?.includes(behaviour) === true).length;
      return told === 0 ? "" : told === 1 ? "yes" : `yes (${told})`;
    }),
  ]);
  const seen = VISIBILITIES.map((visibility) => stories.filter(({ shows }) => shows[visibility] !== undefined).length);
  return `# What shows where

One kind of log alone, and what it is enough to name. The figures count the simulated stories in whose logs, limited to that kind, the behaviour is
found; an empty cell is a blind spot where nothing else is collected. Where several kinds are collected, they show together at least what each shows alone.

${table(
  ["behaviour", ...VISIBILITIES.map((visibility) => VISIBILITY_NAMES[visibility])],
  [...rows, [`of ${stories.length} stories`, ...seen.map(String)]],
)}

- *inspected URL*: a proxy that opens TLS, or traffic that is not encrypted
- *name and bytes*: server names and the bytes of the same connections, as Zeek's \`ssl\` and \`conn\`, a proxy's tunnels or a firewall's sessions tell them
- *name only*: server names without sizes
- *flow only*: addresses and bytes without names
- *DNS only*: lookups
- *endpoint*: programs started, files and connections on the machine
- *repository audit*: the audit logs and webhooks of the organisation's own code hosts, which show nothing of anybody else's repositories

\`sallyport simulate\` writes such logs with labels; \`npm run bench -- quality\` scores detection on them.`;
}
