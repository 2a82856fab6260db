/** Everything an incident rests on in one archive, with the hash of every file. */
import { existsSync, readFileSync } from "node:fs";
import { hash } from "node:crypto";
import { readActions } from "../pipeline/persist/actions.ts";
import { eventsByUid } from "../pipeline/persist/event-queries.ts";
import type { StoredIncident } from "../pipeline/persist/incident-queries.ts";
import type { FileAnswer } from "../pipeline/serve/contract.ts";
import { eventDetails } from "./events.ts";
import { toItem } from "./incident-items.ts";
import type { Surroundings } from "./index.ts";
import { rulesOf } from "./rules.ts";
import { zip, type ZipFile } from "./zip.ts";

const MOST_ACTIVITIES = 10_000;

const README = `Evidence of one incident, exported by Sallyport.

incident.json      the incident with its reasons, blind spots and state
activities.ndjson  the events behind its findings, one a line, in order of time: OCSF 1.8.0 with the line as received (raw_data)
actions.ndjson     what people did about it, in order of time; never changed or removed
rules/             the rules that decided, as they are now (Sigma)
manifest.json      size and SHA-256 of every file, what was left out
SHA256SUMS         the same for: sha256sum -c SHA256SUMS

The same incident in the same state gives the same bytes: keep the hash of the archive where nobody can change it.
`;

/** @returns the archive; the same for the same state of the incident, its events and the rules */
export async function evidenceOf(
  stored: StoredIncident,
  { reader, content }: Pick<Surroundings, "reader" | "content">,
): Promise<FileAnswer> {
  const { incident } = stored;
  const uids = [...new Set(incident.findings.flatMap(({ activities }) => activities))];
  const told = uids.slice(0, MOST_ACTIVITIES);
  const [events, actions] = await Promise.all([
    eventsByUid(reader, told, { from: incident.first_time, until: incident.last_time }),
    readActions(reader, incident.uid),
  ]);
  const rules = new Set(incident.findings.map(({ rule }) => rule));
  const files: ZipFile[] = [
    { name: "README.txt", body: Buffer.from(README) },
    json("incident.json", toItem(stored)),
    ndjson(
      "activities.ndjson",
      eventDetails(events, content()).map(({ uid, source, event, raw_data }) => ({
        uid,
        source,
        raw_data_sha256: hash("sha256", raw_data, "hex"),
        event: event ?? { raw_data },
      })),
    ),
    ndjson("actions.ndjson", actions),
    ...rulesOf(content())
      .filter(({ id, file }) => rules.has(id) && existsSync(file))
      .map(({ id, file }) => ({ name: `rules/${id.replaceAll(/[^\w-]/g, "_")}.yml`, body: readFileSync(file) })),
  ];
  const manifest = json("manifest.json", {
    format: "sallyport-evidence",
    version: 1,
    incident: incident.uid,
    etag: toItem(stored).etag,
    activities: { named: uids.length, found: events.length, left_out: uids.length - told.length },
    files: files.map(({ name, body }) => ({ name, bytes: body.length, sha256: hash("sha256", body, "hex") })),
  });
  const all = [manifest, ...files];
  const sums = all.map(({ name, body }) => `${hash("sha256", body, "hex")}  ${name}\n`).join("");
  const body = zip([...all, { name: "SHA256SUMS", body: Buffer.from(sums) }]);
  return { name: `evidence-${incident.uid}.zip`, body, etag: hash("sha256", body, "hex").slice(0, 32) };
}

function json(name: string, value: unknown): ZipFile {
  return { name, body: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
}

function ndjson(name: string, rows: readonly unknown[]): ZipFile {
  return { name, body: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join("")) };
}
