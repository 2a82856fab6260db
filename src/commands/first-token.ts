/** The API token that a first start makes, so that whoever installed it gets in. */
import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "../pipeline/serve/access.ts";

export interface FirstToken {
  readonly token: string;
  /** Where it stands too. */
  readonly path: string;
}

/** Makes it while there is neither a token nor a user; null when there is. Comes before the server listens: who finds it ready finds the token. */
export async function makeFirstToken(
  access: Pick<Access, "hasTokens" | "createToken" | "users">,
  storeFolder: string,
): Promise<FirstToken | null> {
  if (access.hasTokens || access.users.any) return null;
  const token = await access.createToken("local", "admin");
  const path = join(storeFolder, "first-token");
  writeSecret(path, token);
  return { token, path };
}

/** For nobody but the user; a file left by an earlier store is written over, and its permissions with it. */
function writeSecret(path: string, text: string): void {
  const descriptor = openSync(path, "w", 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeSync(descriptor, `${text}\n`);
  } finally {
    closeSync(descriptor);
  }
}
