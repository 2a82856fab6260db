/** What of all that was sent is in the store, and how often. */
import { readIncidents } from "../../src/pipeline/persist/findings.ts";
import { Store } from "../../src/pipeline/persist/store.ts";
import { UNSANCTIONED, type Sender } from "./senders.ts";

export interface Verdict {
  readonly name: string;
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not in the store; a few are named. */
  readonly lost: readonly string[];
  /** In the store more than once. */
  readonly doubled: readonly string[];
  /** Answers other than 2xx: the statuses there were, 0 for no answer. */
  readonly refused: readonly number[];
  /** In the store, though nobody sent them. */
  readonly invented: readonly string[];
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly detachedParts: number;
  readonly quarantined: number;
  /** Incidents about the one story that was told; its days may be told apart at midnight. */
  readonly incidents: number;
}

/** Opens the store of an installation that has stopped. */
export async function judge(folder: string, senders: readonly Sender[]): Promise<Judgement> {
  const store = await Store.open(folder);
  try {
    const counts = new Map<string, number>();
    const query =
      "SELECT extract(raw_data, 'tk-[a-z]+-[0-9]+') AS token, toUInt32(count()) AS copies FROM activity GROUP BY token HAVING token != ''";
    for await (const rows of store.stream<{ token: string; copies: number }>(query))
      for (const { token, copies } of rows) counts.set(token, copies);
    const [quarantine] = await store.rows<{ lines: number }>("SELECT toUInt32(count()) AS lines FROM quarantine FINAL");
    const incidents = await readIncidents(store, { from: 0, until: Number.MAX_SAFE_INTEGER });
    return {
      incidents: incidents.filter(({ destinations }) => destinations.includes(UNSANCTIONED)).length,
      verdicts: senders.map((sender) => verdictOf(sender, counts)),
      detachedParts: store.detachedParts.length,
      quarantined: quarantine?.lines ?? 0,
    };
  } finally {
    await store.close();
  }
}

function verdictOf({ name, sent, acknowledged, refusals }: Sender, counts: ReadonlyMap<string, number>): Verdict {
  const own = [...counts].filter(([token]) => token.startsWith(`tk-${name}-`));
  return {
    name,
    sent: sent.size,
    acknowledged: acknowledged.size,
    refused: [...refusals.keys()],
    stored: own.length,
    lost: [...acknowledged].filter((token) => !counts.has(token)),
    doubled: own.filter(([, copies]) => copies > 1).map(([token]) => token),
    invented: own.filter(([token]) => !sent.has(token)).map(([token]) => token),
  };
}

/** One line a sender, for people. */
export function tellVerdicts({ verdicts, detachedParts, quarantined, incidents }: Judgement): string {
  const lines = verdicts.map(
    ({ name, sent, acknowledged, stored, lost, doubled, invented }) =>
      `${name.padEnd(9)} sent ${sent}, acknowledged ${acknowledged}, stored ${stored}, lost ${lost.length}, twice ${doubled.length}, ` +
      `never sent ${invented.length}${[...lost, ...doubled]
        .slice(0, 5)
        .map((token) => ` ${token}`)
        .join("")}`,
  );
  return [
    ...lines,
    `${detachedParts} broken parts, ${quarantined} lines in quarantine, ${incidents} incidents of one story`,
  ].join("\n");
}
