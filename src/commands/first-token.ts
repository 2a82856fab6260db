/** The API token that a first start makes, so that whoever installed it gets in. */
import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "../pipeline/serve/access.ts";

export interface FirstToken {
  readonly token: string;
  /** Where it stands too. */
  readonly path: string;
}

/**
 * Makes it while nobody else could sign in; null when there is a token or a user, or a provider signs people in: then a secret of an
 * admin that nobody asked for would be a way past it. Comes before the server listens: who finds it ready finds the token.
 */
export async function makeFirstToken(
  access: Pick<Access, "hasTokens" | "createToken" | "peopleSignIn">,
  storeFolder: string,
): Promise<FirstToken | null> {
  if (access.hasTokens || access.peopleSignIn) return null;
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
