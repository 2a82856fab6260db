/** `token create|list|revoke`: API tokens. */
import { printable } from "../model/printable.ts";
import type { Role } from "../pipeline/serve/contract.ts";
import { openAdministration, type InstallationOptions } from "./administration.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface TokenOptions extends InstallationOptions {
  readonly output?: "table" | "json";
}

/**
 * Prints the secret, and nothing else, to standard output: it is never shown again.
 * @param days until it expires; null: never
 * @returns the exit code
 */
export async function createToken(
  terminal: Terminal,
  name: string,
  { role, days, from }: { role: Role; days: number | null; from: readonly string[] },
  options: TokenOptions,
): Promise<number> {
  const administration = await openAdministration(options, true);
  try {
    const token = await administration.ask("createToken", {
      body: { name, role, expires_in_days: days, addresses: [...from] },
    });
    terminal.line(token.secret);
    terminal.note(
      `Token ${token.id}, ${token.role}, ${token.expires === null ? "without an end" : `until ${day(token.expires)}`}. It is not shown again.`,
    );
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

export async function listTokens(terminal: Terminal, options: TokenOptions): Promise<number> {
  const administration = await openAdministration(options);
  try {
    const { items } = await administration.ask("listTokens", {});
    if (options.output === "json") terminal.line(JSON.stringify(items));
    else if (items.length === 0) terminal.line("No tokens.");
    else
      for (const { id, name, role, addresses, created_by, created, expires } of items)
        terminal.line(
          `${id}  ${role.padEnd(9)} ${expires === null ? "never    " : day(expires)}  ${printable(name)}, made ${day(created)}${created_by === "" ? "" : ` by ${printable(created_by)}`}${addresses.length === 0 ? "" : `, from ${addresses.map(printable).join(", ")}`}`,
        );
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

export async function revokeToken(terminal: Terminal, id: string, options: TokenOptions): Promise<number> {
  const administration = await openAdministration(options);
  try {
    const token = await administration.ask("revokeToken", { parameters: { id } });
    terminal.line(`${token.id} (${printable(token.name)}) is no longer valid.`);
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
