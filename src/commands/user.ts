/** `user add|list|role|disable|enable|passwd`: local users. */
import { printable } from "../model/printable.ts";
import type { Role } from "../pipeline/serve/contract.ts";
import { openAdministration, type InstallationOptions } from "./administration.ts";
import { EXIT } from "./exit-codes.ts";
import { readPassword } from "./read-password.ts";
import type { Terminal } from "./terminal.ts";

export interface UserOptions extends InstallationOptions {
  readonly passwordFile?: string;
  readonly output?: "table" | "json";
}

/** @returns the exit code */
export async function addUser(terminal: Terminal, name: string, role: Role, options: UserOptions): Promise<number> {
  const password = await readPassword(options.passwordFile ?? null);
  return administer(options, true, async (ask) => {
    const user = await ask("addUser", { body: { name, role, password } });
    terminal.line(`${user.name} may sign in as ${user.role}.`);
  });
}

export async function listUsers(terminal: Terminal, options: UserOptions): Promise<number> {
  return administer(options, false, async (ask) => {
    const { items } = await ask("listUsers", {});
    if (options.output === "json") return terminal.line(JSON.stringify(items));
    if (items.length === 0) terminal.line("No users. The link of each start and API tokens sign in.");
    for (const { name, role, disabled, password_changed } of items)
      terminal.line(
        `${printable(name).padEnd(24)} ${role.padEnd(9)} ${disabled ? "disabled" : "        "}  password of ${day(password_changed)}`,
      );
  });
}

/** Changes one thing about a user; their sessions end. */
export async function changeUser(
  terminal: Terminal,
  name: string,
  change: { readonly role?: Role; readonly disabled?: boolean },
  options: UserOptions,
): Promise<number> {
  return administer(options, false, async (ask) => {
    const user = await ask("changeUser", { parameters: { name }, body: change });
    terminal.line(`${user.name}: ${user.role}${user.disabled ? ", disabled" : ""}. Their sessions have ended.`);
  });
}

export async function setPassword(terminal: Terminal, name: string, options: UserOptions): Promise<number> {
  const password = await readPassword(options.passwordFile ?? null);
  return administer(options, false, async (ask) => {
    const user = await ask("changeUser", { parameters: { name }, body: { password } });
    terminal.line(`${user.name} has a new password. Their sessions have ended.`);
  });
}

async function administer(
  options: UserOptions,
  create: boolean,
  work: (ask: Awaited<ReturnType<typeof openAdministration>>["ask"]) => Promise<void>,
): Promise<number> {
  const administration = await openAdministration(options, create);
  try {
    await work((id, given) => administration.ask(id, given));
    return EXIT.done;
  } finally {
    await administration.close();
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
