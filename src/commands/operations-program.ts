/** The commands of whoever runs an installation: users, tokens, retention, backups, doctor. */
import { Argument, InvalidArgumentError, Option, type Command } from "commander";
import type { InstallationOptions } from "./administration.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { PurgeCommandOptions, RetentionOptions } from "./retention.ts";
import type { TokenOptions } from "./token.ts";
import type { UserOptions } from "./user.ts";
import type { Terminal } from "./terminal.ts";

type Role = "viewer" | "analyst" | "engineer" | "admin";
type Run = (work: Promise<number>) => Promise<void>;

const ROLES: readonly Role[] = ["viewer", "analyst", "engineer", "admin"];

/** Which installation a command is about. */
function ofInstallation(command: Command): Command {
  return command
    .option("--store <folder>", "the store; ./data when left out")
    .option("-c, --config <file>", "sallyport.yaml, which names the store")
    .option("--server <address>", "go through a server that runs, for instance http://127.0.0.1:8440")
    .option("--token-file <file>", "with --server: file of an admin's token; SALLYPORT_TOKEN when left out");
}

const format = (): Option =>
  new Option("-o, --output <format>", "how results are printed").choices(["table", "json"]).default("table");

export function addOperationsCommands(program: Command, terminal: () => Terminal, run: Run): void {
  addUserCommands(program, terminal, run);
  addTokenCommands(program, terminal, run);
  addRetentionCommands(program, terminal, run);
  addBackupCommands(program, terminal, run);
  program
    .command("doctor")
    .description("examine an installation, running or not: what is well, what is not, what to do")
    .option("-c, --config <file>", "sallyport.yaml")
    .option("--store <folder>", "the store; the configuration's, or ./data when left out")
    .option("--strict", "what is worth a look counts as failed")
    .addOption(format())
    .addHelpText(
      "after",
      "\nExits with 69 when anything failed.\n\nExamples:\n  sallyport doctor -c /etc/sallyport/sallyport.yaml\n  sallyport doctor --store ./data -o json | jq '.checks[] | select(.state != \"ok\")'",
    )
    .action(async (options: DoctorOptions) => run((await import("./doctor.ts")).doctor(terminal(), options)));
}

function addUserCommands(program: Command, terminal: () => Terminal, run: Run): void {
  const user = program.command("user").description("local users: add, list, role, disable, enable, passwd");
  const name = "the user's name";
  const role = (): Argument => new Argument("<role>", "what they may do").choices(ROLES);
  const password = "file of the password; SALLYPORT_PASSWORD, else the keyboard when left out";
  ofInstallation(user.command("add").description("make a user, who signs in to the console with a password"))
    .argument("<name>", name)
    .addOption(new Option("--role <role>", "what they may do").choices(ROLES).default("analyst"))
    .option("--password-file <file>", password)
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport user add mara --role admin -c /etc/sallyport/sallyport.yaml\n  sallyport user add tom --password-file ./pw --store ./data",
    )
    .action(async (given: string, options: UserOptions & { role: Role }) =>
      run((await import("./user.ts")).addUser(terminal(), given, options.role, options)),
    );
  ofInstallation(user.command("list").description("every user with role and state"))
    .addOption(format())
    .action(async (options: UserOptions) => run((await import("./user.ts")).listUsers(terminal(), options)));
  ofInstallation(user.command("role").description("give a user another role; ends their sessions"))
    .argument("<name>", name)
    .addArgument(role())
    .action(async (given: string, to: Role, options: UserOptions) =>
      run((await import("./user.ts")).changeUser(terminal(), given, { role: to }, options)),
    );
  for (const [verb, disabled] of [
    ["disable", true],
    ["enable", false],
  ] as const)
    ofInstallation(
      user
        .command(verb)
        .description(disabled ? "keep a user out from now on; ends their sessions" : "let a disabled user in again"),
    )
      .argument("<name>", name)
      .action(async (given: string, options: UserOptions) =>
        run((await import("./user.ts")).changeUser(terminal(), given, { disabled }, options)),
      );
  ofInstallation(user.command("passwd").description("set a user's password; ends their sessions"))
    .argument("<name>", name)
    .option("--password-file <file>", password)
    .action(async (given: string, options: UserOptions) =>
      run((await import("./user.ts")).setPassword(terminal(), given, options)),
    );
}

function addTokenCommands(program: Command, terminal: () => Terminal, run: Run): void {
  const token = program.command("token").description("API tokens: create, list, revoke");
  ofInstallation(token.command("create").description("make a token; its secret is printed once"))
    .argument("<name>", "what it is for")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).default("viewer"))
    .option("--days <n>", "days until it expires", days, 90)
    .option("--never", "it does not expire")
    .option("--from <range...>", "addresses and ranges it may come from; anywhere when left out")
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport token create grafana --role viewer --days 365 --from 10.1.4.0/24 --store ./data > grafana-token",
    )
    .action(
      async (
        name: string,
        options: TokenOptions & { role: Role; days: number; never?: boolean; from?: readonly string[] },
      ) => {
        const { createToken } = await import("./token.ts");
        const { role, never, from = [] } = options;
        return run(createToken(terminal(), name, { role, days: never === true ? null : options.days, from }, options));
      },
    );
  ofInstallation(token.command("list").description("every valid token"))
    .addOption(format())
    .action(async (options: TokenOptions) => run((await import("./token.ts")).listTokens(terminal(), options)));
  ofInstallation(token.command("revoke").description("end a token and the sessions made with it"))
    .argument("<id>", "its id, as token list tells it")
    .action(async (id: string, options: TokenOptions) =>
      run((await import("./token.ts")).revokeToken(terminal(), id, options)),
    );
}

function addRetentionCommands(program: Command, terminal: () => Terminal, run: Run): void {
  const retention = program.command("retention").description("how long what is kept: show, apply");
  ofInstallation(retention.command("show").description("how long each kind is kept, and what is due"))
    .addOption(format())
    .addHelpText("after", "\nExamples:\n  sallyport retention show -c /etc/sallyport/sallyport.yaml")
    .action(async (options: RetentionOptions) =>
      run((await import("./retention.ts")).showRetention(terminal(), options)),
    );
  ofInstallation(retention.command("apply").description("delete what is due now; a server that runs does so every day"))
    .option("--with-open", "also what open incidents rest on")
    .addOption(format())
    .action(async (options: RetentionOptions) =>
      run((await import("./retention.ts")).applyRetention(terminal(), options)),
    );
  ofInstallation(program.command("purge").description("delete what is stored about a person, on their request"))
    .requiredOption("--user <name...>", "all that logs call the person; case does not count")
    .requiredOption("--reason <text>", "why, for the trail of changes")
    .option("--with-incidents", "also findings and incidents about this person alone")
    .option("--dry-run", "only say what would be deleted")
    .addOption(format())
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport purge --user tom tom@acme.example --reason 'request 2026-117' --dry-run --store ./data",
    )
    .action(async (options: PurgeCommandOptions) => run((await import("./retention.ts")).purge(terminal(), options)));
}

function addBackupCommands(program: Command, terminal: () => Terminal, run: Run): void {
  ofInstallation(
    program.command("backup").description("copy the store into a new folder, with a checksum of every file"),
  )
    .argument("<folder>", "a new folder; with --server the name of one among the server's backups")
    .option("--verify", "compare an existing backup with its checksums instead")
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport backup /backup/2026-03-20 --store ./data\n  sallyport backup 2026-03-20 --server http://127.0.0.1:8440 --token-file ./token\n  sallyport backup --verify /backup/2026-03-20",
    )
    .action(async (folder: string, options: InstallationOptions & { verify?: boolean }) =>
      run((await import("./backup.ts")).backup(terminal(), folder, options)),
    );
  program
    .command("restore")
    .description("make a store of a backup, after all of it was compared with its checksums")
    .argument("<folder>", "the backup")
    .option("--store <folder>", "where the store goes; there must be none. ./data when left out")
    .option("-c, --config <file>", "sallyport.yaml, which names the store")
    .addHelpText("after", "\nExamples:\n  sallyport restore /backup/2026-03-20 --store ./data")
    .action(async (folder: string, options: InstallationOptions) =>
      run((await import("./backup.ts")).restoreBackup(terminal(), folder, options)),
    );
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3_650)
    throw new InvalidArgumentError("write a whole number of days from 1 to 3650");
  return value;
}
