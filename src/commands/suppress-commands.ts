/** `suppress add|list|preview|expire` as users see them: options and examples. */
import { Option, type Command } from "commander";
import type { AddOptions, EndOptions, ListOptions, PreviewOptions } from "./suppress.ts";
import type { Terminal } from "./terminal.ts";

const FORMATS = ["table", "json", "ndjson", "csv"];

export function addSuppressCommands(
  program: Command,
  terminal: () => Terminal,
  run: (work: Promise<number>) => Promise<void>,
): void {
  const suppress = program
    .command("suppress")
    .description("tuning: what is not to be told again, until when and why; add, list, preview, expire");
  const store = () => new Option("--store <folder>", "the store").default("./data");
  const output = () =>
    new Option("-o, --output <format>", "how results are printed").choices(FORMATS).default(FORMATS[0]);

  narrowed(
    suppress
      .command("add")
      .description("hide findings of a scope from incidents; they stay stored and counted")
      .addOption(store())
      .requiredOption("--reason <text>", "why: who reads it in a year must understand it")
      .option("--owner <name>", "who answers for it; you when left out"),
  )
    .option("--force", "also when it hides incidents that were confirmed")
    .addOption(output())
    .addHelpText(
      "after",
      `
Everything that is named must hold. Patterns know * and ? only. A finding is covered when all of its evidence lies before the end
of the suppression, and everybody and every place in it is meant: nobody is hidden behind another.

Examples:
  sallyport suppress preview --store ./data --user acme-ci-bot --destination 'github.com/acme-mirror/*'
  sallyport suppress add --store ./data --user acme-ci-bot --destination 'github.com/acme-mirror/*' --reason 'nightly mirror, SEC-812' --until 90d
  sallyport suppress add --fingerprint 3f9c2a11 --reason 'agreed with the team lead' --owner mara`,
    )
    .action(async (options: AddOptions) => run((await import("./suppress.ts")).addOne(terminal(), options)));

  suppress
    .command("list")
    .description("suppressions, the newest first, with what each hides by severity")
    .addOption(store())
    .option("--all", "also those that have ended")
    .addOption(output())
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport suppress list --store ./data\n  sallyport suppress list --all -o csv",
    )
    .action(async (options: ListOptions) => run((await import("./suppress.ts")).listAll(terminal(), options)));

  narrowed(
    suppress
      .command("preview")
      .description(
        "what a suppression would hide of all that is stored: findings, incidents that vanish, incidents that drop",
      )
      .addOption(store()),
  )
    .addOption(output())
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport suppress preview --store ./data --rule api-upload --host 'ci-*'\n  sallyport suppress preview --fingerprint 3f9c2a11 -o json | jq .vanishing_severities",
    )
    .action(async (options: PreviewOptions) => run((await import("./suppress.ts")).preview(terminal(), options)));

  suppress
    .command("expire")
    .description("end a suppression now: what it hid stays hidden, what happens from now on is told")
    .argument("<uid>", "its uid, or the beginning of it")
    .option("--withdraw", "take it back: incidents are told as though it had never been")
    .addOption(store())
    .addOption(output())
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport suppress expire 81c0 --store ./data\n  sallyport suppress expire 81c0 --withdraw",
    )
    .action(async (uid: string, options: EndOptions) =>
      run((await import("./suppress.ts")).endOne(terminal(), uid, options)),
    );
}

/** What a suppression is narrowed by, and for how long. */
function narrowed(command: Command): Command {
  return command
    .option(
      "--fingerprint <uid>",
      "rule, actor and destination of this finding, or of the strongest finding of this incident",
    )
    .option("--rule <id>", "findings of this rule")
    .option("--user <name>", "a person or account, by any of its names")
    .option("--host <name>", "a machine")
    .option("--address <ip>", "an address")
    .option("--destination <name>", "host/owner/name, or a pattern such as github.com/acme-mirror/*")
    .option("--from <time>", "only what happened from then on; now for nothing of what is stored")
    .option("--until <time>", "a time, or a span from now such as 12h, 30d, 8w; at most a year", "30d");
}
