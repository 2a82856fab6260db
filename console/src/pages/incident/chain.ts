/** Actor → host → data → destination, as far as the events of an incident tell them. */
import type { EventDetail, IncidentDetail } from "../../api/types.ts";
import { bytes, counted } from "../../text/numbers.ts";
import { local } from "../../text/time.tsx";
import { valueAt } from "./fields.ts";

export interface ChainNode {
  readonly kind: "Actor" | "Host" | "Data" | "Destination";
  /** Text of logs; null: it is not known. */
  readonly name: string | null;
  readonly note: string;
  /** Deviates, and so earned points. */
  readonly hot: boolean;
}

export interface ChainArrow {
  readonly verb: string;
  readonly when: string;
}

const READS = new Set(["bulk-clone", "token-polling"]);
const VERBS: readonly (readonly [string, string])[] = [
  ["push-to-unsanctioned-repository", "git push"],
  ["gist-or-snippet-upload", "gist"],
  ["git-data-api-upload", "API upload"],
  ["api-upload", "API upload"],
  ["release-asset-upload", "assets"],
  ["create-repository-then-write", "created, wrote"],
  ["repository-create-burst", "created"],
  ["exposure-change", "opened"],
  ["esxi-datastore-upload", "upload"],
];

export function chainOf(incident: IncidentDetail): { nodes: readonly ChainNode[]; arrows: readonly ChainArrow[] } {
  const { actors, hosts, addresses, activities, behaviours, destination_details: details, bytes_out: out } = incident;
  const reads =
    behaviours.some((behaviour) => READS.has(behaviour)) && details.every(({ verdict }) => verdict === "sanctioned");
  const files = activities.filter(isFileEvent);
  const first = details[0];
  const others = details.length > 1 ? `and ${counted(details.length - 1, "other")}, ` : "";
  const verdict =
    first === undefined
      ? ""
      : [first.verdict, ...(first.visibility === "unknown" ? [] : [first.visibility])].join(", ");

  const data: ChainNode = reads
    ? { kind: "Data", name: first?.name ?? null, note: `${others}${verdict}`, hot: true }
    : dataOf(files, out);
  const destination: ChainNode = reads
    ? { kind: "Destination", name: null, note: "where the copies went is not visible", hot: false }
    : {
        kind: "Destination",
        name: first?.name ?? incident.destinations[0] ?? null,
        note: first === undefined ? "policy does not say" : `${others}${verdict}`,
        hot: first?.verdict !== "sanctioned" || first.visibility === "public",
      };
  const moved = reads ? activities : activities.filter((activity) => !files.includes(activity));
  return {
    nodes: [
      { kind: "Actor", name: actors[0] ?? null, note: actors.slice(1, 3).join(", "), hot: false },
      {
        kind: "Host",
        name: hosts[0] ?? addresses[0] ?? null,
        note: [...hosts.slice(1, 3), ...(hosts.length > 0 ? addresses : addresses.slice(1))].slice(0, 3).join(", "),
        hot: behaviours.includes("unsanctioned-source-host"),
      },
      data,
      destination,
    ],
    arrows: [
      { verb: hosts.length > 0 ? "worked on" : "came from", when: local(incident.first_time, "minute") },
      reads
        ? { verb: "read", when: spanOf(moved) }
        : files.length > 0
          ? { verb: "read, packed", when: spanOf(files) }
          : { verb: "sent", when: "" },
      {
        verb: reads ? "" : (VERBS.find(([behaviour]) => behaviours.includes(behaviour))?.[1] ?? "sent"),
        when: reads ? "" : spanOf(moved),
      },
    ],
  };
}

function isFileEvent({ event }: EventDetail): boolean {
  return event?.class_uid === 1001;
}

function dataOf(files: readonly EventDetail[], out: number | null): ChainNode {
  const paths = [
    ...new Set(files.map(({ event }) => valueAt(event, "file.path")).filter((path) => typeof path === "string")),
  ];
  if (paths.length > 0)
    return {
      kind: "Data",
      name: paths.length === 1 ? (paths[0] as string) : commonFolder(paths as string[]),
      note: `${counted(paths.length, "file")}${out === null ? "" : `, ${bytes(out)} went out`}`,
      hot: true,
    };
  return {
    kind: "Data",
    name: null,
    note: out === null ? "what and how much is not told" : `${bytes(out)}, content not visible`,
    hot: false,
  };
}

/** `/srv/finance/a`, `/srv/finance/b` → `/srv/finance/`; the first of them when they share nothing. */
function commonFolder(paths: readonly string[]): string {
  const [first = "", ...rest] = paths;
  let length = first.length;
  for (const path of rest) {
    let same = 0;
    while (same < length && path[same] === first[same]) same += 1;
    length = same;
  }
  const folder = first.slice(0, length).replace(/[^/\\]*$/, "");
  return folder.length > 2 ? folder : first;
}

function spanOf(events: readonly EventDetail[]): string {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return "";
  const [from, to] = [local(first.time, "minute"), local(last.time, "minute")];
  return from === to ? from : `${from} to ${to}`;
}
