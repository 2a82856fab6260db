/** What could not be seen of a story, and what that leaves open. */
import { LANES, type BlindSpot, type Finding, type Incident, type Lane, type Subject } from "../../model/incident.ts";

const LANE_MISSING: Readonly<Record<Lane, string>> = {
  endpoint: "no endpoint log of that time: which program ran and which files it read is not known",
  network: "no proxy, flow or DNS log of that time: how much left and where to is not confirmed",
  identity: "no sign-in log of that time: whose session it was is not confirmed",
  repository: "no repository audit log of that time: what the code host recorded is not known",
};

/** A span in which a source has missed something, or cannot prove that it has not. */
export interface SourceGap {
  /** Of a source map where that is known, else of the live source. */
  readonly source: string;
  /** ms. */
  readonly from: number;
  readonly until: number;
  readonly reason: string;
}

/** More of them say that much was missed, and no more. */
const MOST_GAPS = 5;

/** Behaviours that move content out: for these the amount matters. */
const SENDING: ReadonlySet<string> = new Set([
  "push-to-unsanctioned-repository",
  "api-upload",
  "git-data-api-upload",
  "gist-or-snippet-upload",
  "create-repository-then-write",
  "side-channel-upload",
  "stage-then-send",
  "unsanctioned-forge",
  "low-and-slow",
  "esxi-datastore-upload",
]);

/** How rules say that TLS hides the path; said once for the incident, and not at all where another source shows the path. */
const HIDDEN_BY_TLS = /^TLS is not inspected/;

/**
 * @param findings those the reasons rest on, the most telling first
 * @param visibility per lane, from `visibilityOf`
 * @param gaps those that touch the story's time
 */
export function blindSpotsOf(
  findings: readonly Finding[],
  evidence: readonly Subject[],
  visibility: Incident["visibility"],
  bytesOut: number | null,
  gaps: readonly SourceGap[] = [],
): BlindSpot[] {
  const spots: BlindSpot[] = [];
  const sending = findings.some(({ behaviours }) => behaviours.some((behaviour) => SENDING.has(behaviour)));

  const network = evidence.filter(({ lane }) => lane === "network");
  const uninspected = network.find(({ seen_by }) => seen_by === "sni" || seen_by === "hostname");
  const pathShows = evidence.some(({ seen_by }) => seen_by === "url");
  if (uninspected !== undefined && !pathShows) {
    const host = uninspected.host || uninspected.address || "this host";
    spots.push({
      code: "tls-not-inspected",
      text: `path not visible: TLS not inspected for ${host}, so owner and repository come from other sources or stay unknown`,
      source: uninspected.source,
    });
  }
  const addressOnly = network.find(({ seen_by }) => seen_by === "address");
  if (addressOnly !== undefined && uninspected === undefined && !pathShows) {
    spots.push({
      code: "address-only",
      text: "only the address of the code host is visible: neither host name nor repository",
      source: addressOnly.source,
    });
  }
  const dnsOnly = network.length > 0 && network.every(({ seen_by }) => seen_by === "dns") ? network[0] : undefined;
  if (dnsOnly !== undefined)
    spots.push({
      code: "dns-only",
      text: "only name lookups are visible: whether and how much was sent is not",
      source: dnsOnly.source,
    });

  if (sending && bytesOut === null) {
    const source = network[0]?.source ?? evidence[0]?.source ?? "";
    spots.push({ code: "bytes-unknown", text: "no source tells how many bytes were sent", source });
  }
  if (evidence.every(({ actor, actor_names }) => actor === "" && actor_names.length === 0)) {
    spots.push({
      code: "actor-unknown",
      text: "no source names the person or account behind it",
      source: evidence[0]?.source ?? "",
    });
  }
  const foreign = evidence.find(
    ({ verdict, destination_owner }) => verdict === "unsanctioned" && destination_owner !== "",
  );
  if (sending && foreign !== undefined && visibility.repository !== "seen") {
    spots.push({
      code: "foreign-repository",
      text: `${foreign.destination} is not ours: its audit log and content cannot be read`,
      source: foreign.source,
    });
  }
  for (const lane of LANES)
    if (visibility[lane] === "not-visible")
      spots.push({ code: `no-${lane}-log`, text: LANE_MISSING[lane], source: lane });

  for (const { source, from, until, reason } of gaps.slice(0, MOST_GAPS)) {
    const span = `${new Date(from).toISOString()} to ${new Date(until).toISOString()}`;
    spots.push({ code: "source-gap", text: `events of ${source} from ${span} may be missing: ${reason}`, source });
  }

  const named = new Set(spots.map(({ text }) => text));
  for (const finding of findings) {
    for (const text of finding.blind_spots) {
      if (named.has(text) || (HIDDEN_BY_TLS.test(text) && (pathShows || uninspected !== undefined))) continue;
      named.add(text);
      spots.push({ code: "rule-limit", text, source: finding.rule });
    }
  }
  return spots;
}

/** seen: part of the evidence; nothing: logs of that time exist but show nothing of it; not-visible: no logs of that time. */
export function visibilityOf(evidence: readonly Subject[], present: ReadonlySet<Lane>): Incident["visibility"] {
  const seen = new Set(evidence.map(({ lane }) => lane));
  const state = (lane: Lane): "seen" | "nothing" | "not-visible" =>
    seen.has(lane) ? "seen" : present.has(lane) ? "nothing" : "not-visible";
  return {
    endpoint: state("endpoint"),
    network: state("network"),
    identity: state("identity"),
    repository: state("repository"),
  };
}
