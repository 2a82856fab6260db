/**
 * Squid's native access.log: `%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt`.
 *
 * @see https://wiki.squid-cache.org/Features/LogFormat
 */

export interface SquidRecord {
  /** When the request was finished, ms since 1970 UTC. */
  readonly time: number;
  /** Duration, ms. */
  readonly elapsed: number;
  readonly client: string;
  /** Result code and HTTP status, for instance `TCP_TUNNEL/200`. */
  readonly result: string;
  /** Bytes sent to the client. The format does not carry what the client sent. */
  readonly bytes: number;
  readonly method: string;
  readonly url: string;
  readonly user: string | null;
  /** How the answer was got and from where, for instance `HIER_DIRECT/140.82.121.4`. */
  readonly hierarchy: string;
  readonly contentType: string | null;
}

export function squidLine(record: SquidRecord): string {
  const seconds = Math.floor(record.time / 1000);
  const ms = String(record.time % 1000).padStart(3, "0");
  const elapsed = String(record.elapsed).padStart(6, " ");
  return `${seconds}.${ms} ${elapsed} ${record.client} ${record.result} ${record.bytes} ${record.method} ${record.url} ${record.user ?? "-"} ${record.hierarchy} ${record.contentType ?? "-"}`;
}
