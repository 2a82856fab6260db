/** Tokens and sessions: by the hash of their secret, never the secret itself. */
import { storeTime, type Store } from "./store.ts";

export interface CredentialRow {
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly kind: "token" | "session";
  readonly name: string;
  readonly role: string;
  /** Sessions: what changes must carry; empty for tokens. */
  readonly csrf: string;
  /** Whom a session is of, for instance `user:mara`; empty for tokens. */
  readonly account: string;
  /** Addresses and ranges a token may come from; empty: any. */
  readonly addresses: readonly string[];
  /** Who made a token. */
  readonly created_by: string;
  /** ms since 1970 UTC */
  readonly created: number;
  /** When it is no longer valid unless it is used before. */
  readonly expires: number;
  /** When it is no longer valid whatever happens. */
  readonly ends: number;
}

const ms = (column: string): string => `toString(toUnixTimestamp64Milli(${column}))`;

/** Those that are neither revoked nor expired. */
export async function readCredentials(store: Pick<Store, "rows">, now: number): Promise<CredentialRow[]> {
  return (
    await store.rows<
      Omit<CredentialRow, "created" | "expires" | "ends"> & { made: string; stops: string; latest: string }
    >(
      `SELECT hash, kind, name, role, csrf, account, addresses, created_by, ${ms("created")} AS made, ${ms("expires")} AS stops, ${ms("ends")} AS latest
       FROM credential FINAL WHERE revoked = 0 AND expires > {now:DateTime64(3, 'UTC')} ORDER BY created, hash LIMIT 100000`,
      { now: storeTime(now) },
    )
  ).map(({ made, stops, latest, ...row }) => ({
    ...row,
    created: Number(made),
    expires: Number(stops),
    ends: Number(latest),
  }));
}

/** @param version newer than all before */
export async function writeCredential(
  store: Pick<Store, "append">,
  row: CredentialRow,
  revoked: boolean,
  version: number,
): Promise<void> {
  await store.append("credential", [
    {
      ...row,
      name: row.name.toWellFormed(),
      account: row.account.toWellFormed(),
      created_by: row.created_by.toWellFormed(),
      created: storeTime(row.created),
      expires: storeTime(row.expires),
      ends: storeTime(row.ends),
      revoked: revoked ? 1 : 0,
      version,
    },
  ]);
}
