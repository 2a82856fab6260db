/** `notify test|list` as users see them: options and examples. */
import { Option, type Command } from "commander";
import type { NotifyListOptions } from "./notify.ts";
import type { Terminal } from "./terminal.ts";

export function addNotifyCommands(
  program: Command,
  terminal: () => Terminal,
  run: (work: Promise<number>) => Promise<void>,
): void {
  const notify = program.command("notify").description("who is told about incidents: test, list");
  const config = () => new Option("-c, --config <file>", "the configuration of the installation").makeOptionMandatory();
  notify
    .command("test")
    .description("send an incident that is marked as a test through each receiver, and tell what it answers")
    .argument("[id]", "one receiver: its id, or type and place such as slack-2")
    .addOption(config())
    .addHelpText(
      "after",
      `
Nothing is stored, and it may run beside the installation. Ends with 69 when a receiver does not take it.

Examples:
  sallyport notify test -c sallyport.yaml
  sallyport notify test -c sallyport.yaml slack-2`,
    )
    .action(async (id: string | undefined, options: { config: string }) =>
      run((await import("./notify.ts")).testReceivers(terminal(), options.config, id)),
    );
  notify
    .command("list")
    .description("what each receiver was told, what waits, and what was given up with the reason")
    .addOption(config())
    .addOption(
      new Option("-o, --output <format>", "how results are printed").choices(["table", "ndjson"]).default("table"),
    )
    .addHelpText(
      "after",
      `
Reads the store; where the installation is running, its GET /status, which names the newest of what was given up.

Examples:
  sallyport notify list -c sallyport.yaml
  sallyport notify list -c sallyport.yaml -o ndjson | jq 'select(.state == "dead")'`,
    )
    .action(async (options: NotifyListOptions) =>
      run((await import("./notify.ts")).listNotifications(terminal(), options)),
    );
}
