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
  /** ms since 1970 UTC */
  readonly created: number;
  readonly expires: number;
}

/** Those that are neither revoked nor expired. */
export async function readCredentials(store: Store, now: number): Promise<CredentialRow[]> {
  return (
    await store.rows<Omit<CredentialRow, "created" | "expires"> & { made: string; ends: string }>(
      `SELECT hash, kind, name, role, csrf, toString(toUnixTimestamp64Milli(created)) AS made, toString(toUnixTimestamp64Milli(expires)) AS ends
       FROM credential FINAL WHERE revoked = 0 AND expires > {now:DateTime64(3, 'UTC')} ORDER BY created, hash LIMIT 100000`,
      { now: storeTime(now) },
    )
  ).map(({ made, ends, ...row }) => ({ ...row, created: Number(made), expires: Number(ends) }));
}

/** @param version newer than all before */
export async function writeCredential(
  store: Store,
  row: CredentialRow,
  revoked: boolean,
  version: number,
): Promise<void> {
  await store.append("credential", [
    { ...row, created: storeTime(row.created), expires: storeTime(row.expires), revoked: revoked ? 1 : 0, version },
  ]);
}
