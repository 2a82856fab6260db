/** A store as it is after years: incidents with all they hold, what people did about them, and events to search. Nothing in it is from anywhere. */
import { hash } from "node:crypto";
import type { Incident } from "../../src/model/incident.ts";
import { storeTime, type Store } from "../../src/pipeline/persist/store.ts";

const START = Date.UTC(2026, 0, 5);
const DAY_MS = 86_400_000;
const SEVERITIES = ["low", "medium", "medium", "high", "critical"] as const;
const BEHAVIOURS = ["push-to-unsanctioned-repository", "api-upload", "volume-anomaly", "stage-then-send", "bulk-clone"];
const DISPOSITIONS = ["tp-policy", "benign-authorised", "fp-rule", "fp-data", "tp-malicious"];

/** @param index decides everything about it */
export function madeIncident(index: number): Incident {
  const uid = hash("sha256", `incident ${index}`, "hex").slice(0, 32);
  const severity = SEVERITIES[index % SEVERITIES.length] ?? "medium";
  const risk = { low: 25, medium: 45, high: 70, critical: 88 }[severity] + (index % 11);
  const first = START + ((index * 7_919) % (180 * 86_400)) * 1_000;
  const person = `person${index % 900}`;
  const destination = `github.com/person${index % 900}/project${index % 37}`;
  const finding = (n: number) => ({
    uid: `${uid.slice(0, 24)}${String(n).padStart(8, "0")}`,
    rule: hash("sha256", `rule ${(index + n) % 40}`, "hex").slice(0, 32),
    title: "Push to a repository that policy does not sanction",
    time: first + n * 60_000,
    severity,
    activities: Array.from({ length: 3 }, (_, at) => hash("sha256", `${uid} ${n} ${at}`, "hex").slice(0, 32)),
  });
  return {
    schema_version: 1,
    uid,
    title: `${person} pushed ${(index % 400) + 1} MB from laptop-${index % 1_200} to ${destination}, which policy does not sanction`,
    severity,
    risk_score: Math.min(100, risk),
    reasons: [
      { text: `${person} pushed to ${destination} 3 times`, points: Math.min(100, risk) - 20, finding: finding(0).uid },
      { text: "seen by the machine and by the network alike", points: 12, finding: finding(1).uid },
      { text: "outside of work hours", points: 8, finding: finding(2).uid },
    ],
    first_time: first,
    last_time: first + 3_600_000,
    actors: [person],
    hosts: [`laptop-${index % 1_200}.acme.example`],
    addresses: [`10.${index % 200}.${index % 250}.${index % 240}`],
    destinations: [destination],
    bytes_out: index % 5 === 0 ? null : ((index % 400) + 1) * 1_000_000,
    behaviours: [BEHAVIOURS[index % BEHAVIOURS.length] ?? ""],
    analytics: ["AN0895"],
    attack: ["T1567.001"],
    findings: [finding(0), finding(1), finding(2)],
    visibility: { endpoint: "seen", network: "seen", identity: "nothing", repository: "not-visible" },
    destination_details: [{ name: destination, verdict: "unsanctioned", visibility: "public", look_alike_of: null }],
    blind_spots: [{ code: "no-repository-log", text: "Nothing tells what the repository took", source: "repository" }],
    next_steps: ["Ask the person", "Look at what was pushed"],
    timeline: Array.from({ length: 6 }, (_, at) => ({
      time: first + at * 60_000,
      lane: at % 2 === 0 ? ("endpoint" as const) : ("network" as const),
      source: at % 2 === 0 ? "windows-sysmon" : "squid",
      text: `git push ${destination}`,
      activity: hash("sha256", `${uid} 0 ${at % 3}`, "hex").slice(0, 32),
    })),
  };
}

/** Writes incidents, and actions for every fifth of them. */
export async function fillIncidents(store: Store, count: number): Promise<void> {
  const batch = 5_000;
  for (let begin = 0; begin < count; begin += batch) {
    const incidents = Array.from({ length: Math.min(batch, count - begin) }, (_, at) => madeIncident(begin + at));
    await store.append(
      "incident",
      incidents.map((incident) => ({
        uid: incident.uid,
        first_time: storeTime(incident.first_time),
        last_time: storeTime(incident.last_time),
        risk_score: incident.risk_score,
        severity: incident.severity,
        findings: incident.findings.map(({ uid }) => uid),
        body: JSON.stringify(incident),
        version: 1,
        superseded: 0,
        superseded_by: "",
      })),
    );
    const acted = incidents.filter((_, at) => at % 5 === 0);
    await store.append(
      "action",
      acted.map(({ uid, last_time }, at) => ({
        uid: hash("sha256", `action ${uid}`, "hex").slice(0, 32),
        time: storeTime(last_time + 1_000),
        incident: uid,
        kind: at % 2 === 0 ? "close" : "assign",
        actor: "mara",
        body: JSON.stringify(
          at % 2 === 0
            ? { disposition: DISPOSITIONS[at % DISPOSITIONS.length], via: "console" }
            : { assignee: "mara", via: "console" },
        ),
      })),
    );
  }
}

/** Events of a proxy over 30 days, made by the engine itself; one in a hundred goes to a code host. */
export async function fillEvents(store: Store, count: number): Promise<void> {
  const step = Math.floor((30 * DAY_MS) / count);
  const batch = 250_000;
  for (let begin = 0; begin < count; begin += batch) {
    const rows = Math.min(batch, count - begin);
    await store.command(
      `INSERT INTO activity (id, time, class_uid, activity_id, source, \`context.actor.name\`, \`context.host.name\`, \`src_endpoint.ip\`, \`http_request.http_method\`,
         \`url.url_string\`, \`dst_endpoint.hostname\`, \`traffic.bytes_out\`, \`context.destination.name\`, \`context.destination.host\`, \`context.destination.verdict\`, \`context.destination.operation\`, raw_data)
       SELECT reinterpretAsFixedString(sipHash128(n)), fromUnixTimestamp64Milli(toInt64(${START} + n * ${step}), 'UTC'), 4002, if(n % 3 = 0, 6, 3), if(n % 4 = 0, 'zeek-http', 'squid'),
         concat('person', toString(n % 900)), concat('laptop-', toString(n % 1200)), concat('10.', toString(n % 200), '.1.', toString(n % 250)), if(n % 3 = 0, 'POST', 'GET'),
         concat('https://', host, '/', toString(n % 5000), '/page'), host, 500 + n % 100000, if(code, concat(host, '/person', toString(n % 900), '/project'), ''), if(code, host, ''),
         if(code, 'unsanctioned', ''), if(code, 'push', ''),
         concat(toString(1767571200 + intDiv(n, 30)), '.000 ', toString(n % 900), ' 10.', toString(n % 200), '.1.', toString(n % 250), ' TCP_MISS/200 ', toString(500 + n % 100000), ' POST https://', host, '/', toString(n % 5000), '/page person', toString(n % 900), ' HIER_DIRECT/192.0.2.1 text/html')
       FROM (SELECT number + ${begin} AS n, n % 100 = 0 AS code, if(code, 'github.com', concat('site', toString(n % 3000), '.example')) AS host FROM numbers(${rows}))`,
    );
  }
  await store.command(
    `INSERT INTO heartbeat (source, minute, events, bytes, with_bytes_out, with_actor, with_url)
     SELECT source, toStartOfMinute(activity.time), count(), sum(length(raw_data)), count(), count(), count() FROM activity GROUP BY 1, 2`,
  );
}
