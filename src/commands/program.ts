/** The command line as users see it: commands, options, examples. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { NewAction } from "../pipeline/persist/actions.ts";
import type { OutputFormat } from "./emit.ts";
import { addNotifyCommands } from "./notify-commands.ts";
import { addOperationsCommands } from "./operations-program.ts";
import type { BacktestCommandOptions } from "./rule-backtest.ts";
import type { HuntOptions } from "./rule-hunt.ts";
import type { ListFormat } from "./rule.ts";
import { addSuppressCommands } from "./suppress-commands.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** As in the contract of the API, which is not loaded for printing help. */
const DISPOSITIONS = ["tp-malicious", "tp-policy", "benign-authorised", "fp-rule", "fp-data", "duplicate"];

const EXIT_CODES = `
Exit codes:
  0 done · 1 incidents found (with --exit-code) · 2 usage · 3 partly done, some input skipped and counted
  69 a dependency is unavailable · 70 internal error · 75 temporary, retry · 77 permission · 78 configuration or rule invalid`;

const output = (...choices: readonly OutputFormat[]) =>
  new Option("-o, --output <format>", "how results are printed").choices([...choices]).default(choices[0]);

/** @param finish receives the exit code of the command that ran */
export function createProgram(finish: (code: number) => void): Command {
  const program = new Command("sallyport")
    .description("Watches what leaves an organisation through code repositories.")
    .version(VERSION, "-V, --version")
    .option("--no-color", "no colours (NO_COLOR is honoured too)")
    .option("-q, --quiet", "results and errors only")
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(sallyport --help, or sallyport COMMAND --help)")
    .exitOverride();

  const terminal = (): Terminal => openTerminal(program.opts<{ color: boolean; quiet?: boolean }>());
  const run = (work: Promise<number>): Promise<void> => work.then(finish);

  program
    .command("demo")
    .description("replay a week of an invented company's logs and explain what left")
    .option("--no-console", "end after printing the incidents")
    .option("--days <n>", "days of logs", wholeNumber, 7)
    .option("--keep <folder>", "keep logs, policy and store there")
    .option("--listen <address>", "where the console and the API are", "127.0.0.1:8440")
    .addHelpText("after", "\nExamples:\n  sallyport demo --no-console\n  sallyport demo --keep ./acme")
    .action(async (options: { days: number; keep?: string; console: boolean; listen: string }) =>
      run((await import("./demo.ts")).demo(terminal(), options)),
    );

  program
    .command("scan")
    .description("the whole pipeline over files and folders; prints incidents, highest risk first")
    .argument("<path...>", "files and folders (plain, .gz, .zst); - is standard input")
    .option("--source <id>", "what the logs are, instead of recognising each file")
    .option("--policy <file>", "policy.yaml: what is sanctioned")
    .option("--rules <path...>", "Sigma rules beside the built-in detections")
    .option("--store <folder>", "keep the results there; a second scan of the same logs adds nothing")
    .addOption(
      new Option("--emit <what>", "what to print")
        .choices(["incidents", "findings", "matches", "activities"])
        .default("incidents"),
    )
    .addOption(output("table", "ndjson", "csv", "sarif"))
    .option("--exit-code", "end with 1 when there are incidents")
    .option("--workers <n>", "worker threads; one a core when left out", wholeNumber)
    .addHelpText(
      "after",
      `
Examples:
  sallyport scan /var/log/squid /var/log/audit --policy policy.yaml
  sallyport scan proxy.log.gz --store ./store -o ndjson | jq .title
  zcat conn.log.gz | sallyport scan - --emit activities -o ndjson
  sallyport scan export/ --exit-code -o sarif > sallyport.sarif`,
    )
    .action(async (paths: string[], options) => run((await import("./scan.ts")).scan(terminal(), paths, options)));

  program
    .command("watch")
    .description("run live: collect from the configured sources, detect, store, notify, serve the console and the API")
    .requiredOption("-c, --config <file>", "sallyport.yaml")
    .addOption(new Option("--log-format <format>", "of what is said on standard error").choices(["human", "json"]))
    .addHelpText(
      "after",
      `
Runs until SIGINT or SIGTERM, and stops within ten seconds. What changes in the configuration, the policy, the rules or the
catalogue is taken up by itself, or at once with SIGHUP; a mistake in it is told, and what was running goes on.
On a terminal it logs for people, otherwise a JSON object a line.

Examples:
  sallyport check -c sallyport.yaml && sallyport watch -c sallyport.yaml
  sallyport watch -c /etc/sallyport/sallyport.yaml --log-format json 2>> watch.ndjson
  curl -s http://127.0.0.1:8440/status | jq .sources`,
    )
    .action(async (options: { config: string; logFormat?: "human" | "json" }) =>
      run((await import("./watch.ts")).watch(terminal(), { ...options, quiet: program.opts()["quiet"] === true })),
    );

  program
    .command("check")
    .description(
      "validate a configuration with its policy, rules, secrets, addresses and paths; exit code 78 on a mistake",
    )
    .requiredOption("-c, --config <file>", "sallyport.yaml")
    .addOption(
      new Option("-o, --output <format>", "how results are printed").choices(["table", "json"]).default("table"),
    )
    .option("--strict", "warnings count as mistakes")
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport check -c sallyport.yaml\n  sallyport check -c sallyport.yaml -o json | jq '.errors[]'",
    )
    .action(async (options: { config: string; output: "table" | "json"; strict?: boolean }) =>
      run((await import("./check.ts")).check(terminal(), options)),
    );

  program
    .command("conform")
    .description("logs in, OCSF 1.8.0 activities out, one JSON object a line")
    .argument("<path...>", "files and folders (plain, .gz, .zst); - is standard input")
    .option("--source <id>", "what the logs are, instead of recognising each file")
    .addOption(output("ndjson"))
    .addHelpText(
      "after",
      `
Standard error tells what each file was taken for and how surely; what no source recognises is skipped and counted.

Examples:
  sallyport conform access.log | jq 'select(.class_uid == 4002)'
  sallyport conform /var/log/remote/ > activities.ndjson
  sallyport conform --source squid odd-name.txt
  journalctl -o json | sallyport conform -`,
    )
    .action(async (paths: string[], options: { source?: string }) =>
      run((await import("./conform.ts")).conform(terminal(), paths, options)),
    );

  program
    .command("explain")
    .description(
      "step by step: what a line is, what was added, which rules match or came close, and why; or one incident",
    )
    .argument("<what>", "a raw line, FILE:LINE, or the uid of an incident")
    .option("--source <id>", "what the line is, instead of recognising it")
    .option("--policy <file>", "policy.yaml: what is sanctioned")
    .option("--rules <path...>", "Sigma rules beside the built-in detections")
    .option("--store <folder>", "where the incident is")
    .option("--all", "also the rules that have nothing to do with the line")
    .addHelpText(
      "after",
      `
Examples:
  sallyport explain '1774000000.123 90 10.1.4.17 TCP_TUNNEL/200 5120 CONNECT github.com:443 alice HIER_DIRECT/140.82.121.4 -'
  sallyport explain access.log:1042 --policy policy.yaml
  sallyport explain 3f9c2a11 --store ./store`,
    )
    .action(async (what: string, options) => run((await import("./explain.ts")).explain(terminal(), what, options)));

  program
    .command("simulate")
    .description("write labelled logs of an invented company at work, with and without data leaving")
    .requiredOption("--out <folder>", "where logs, labels.ndjson and policy.yaml go")
    .option("--seed <n>", "another number is another company", wholeNumber, 1)
    .option("--days <n>", "days of logs", wholeNumber, 14)
    .option("--people <n>", "people in the company, 16 or more", wholeNumber, 60)
    .option("--stories <ids>", "all, none, or ids divided by commas", "all")
    .option("--formats <names>", "products the logs come from, divided by commas; drawn from the seed when left out")
    .option("--start <day>", "the first day, YYYY-MM-DD", "2026-03-16")
    .addHelpText(
      "after",
      `
Examples:
  sallyport simulate --out ./company --seed 7
  sallyport simulate --out ./quiet --stories none --days 30
  sallyport simulate --out ./linux --formats tetragon,entra --stories credential-access,mirror-migration`,
    )
    .action(async (options) => run((await import("./simulate.ts")).simulate(terminal(), options)));

  addRuleCommands(program, terminal, run);
  addIncidentCommands(program, terminal, run);
  addSuppressCommands(program, terminal, run);
  addNotifyCommands(program, terminal, run);
  addOperationsCommands(program, terminal, run);
  return program;
}

function addRuleCommands(
  program: Command,
  terminal: () => Terminal,
  run: (work: Promise<number>) => Promise<void>,
): void {
  const rule = program.command("rule").description("Sigma rules: list, check, test, match, new, hunt, backtest, sql");
  rule
    .command("list")
    .description("every rule with the log source and fields it needs, the sources that provide them, and what it finds")
    .argument("[path...]", "rules beside the built-in detections")
    .addOption(
      new Option("-o, --output <format>", "how results are printed")
        .choices(["table", "json", "ndjson", "csv"])
        .default("table"),
    )
    .action(async (paths: string[], options: { output: ListFormat }) =>
      run((await import("./rule.ts")).listRules(terminal(), paths, options)),
    );
  rule
    .command("check")
    .description("validate rule files; mistakes are told with file:line:column and the fix")
    .argument("<path...>", "rule files and folders")
    .addOption(
      new Option("-o, --output <format>", "how results are printed")
        .choices(["table", "json", "sarif"])
        .default("table"),
    )
    .option("--strict", "refuse what the Sigma specification does not know")
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport rule check rules/\n  sallyport rule check rules/ -o sarif > rules.sarif",
    )
    .action(async (paths: string[], options: { output: "table" | "json" | "sarif"; strict?: boolean }) =>
      run((await import("./rule-check.ts")).checkRules(terminal(), paths, options)),
    );
  rule
    .command("test")
    .description("run the examples beside each rule: fires-* must find something, quiet-* nothing")
    .argument("[path...]", "detection folders; the built-in detections when left out")
    .option("--policy <file>", "policy.yaml for the examples; policy.yaml beside the detections when left out")
    .action(async (paths: string[], options: { policy?: string }) =>
      run((await import("./rule-test.ts")).testRules(terminal(), paths, options)),
    );
  rule
    .command("match")
    .description('evaluate rules over events as they are; prints {"line":N,"rule":"…"} per match, lines counted from 0')
    .argument("[events]", "NDJSON file; - is standard input")
    .requiredOption("--rules <path...>", "rule files and folders")
    .addHelpText("after", "\nExamples:\n  sallyport rule match --rules rules/windows rules/linux events.ndjson")
    .action(async (events: string | undefined, options: { rules: string[] }) =>
      run((await import("./rule-match.ts")).matchRules(terminal(), events, options)),
    );
  rule
    .command("new")
    .description("make a detection folder with a rule and examples that work, to be changed")
    .argument("<folder>", "folder to make; its name is the detection's, in lower case words joined by -")
    .option("--title <text>", "title; from the folder's name when left out")
    .option("--behaviour <name>", "what the rule shows, for instance side-channel-upload")
    .option("--logsource <name>", "what it reads, for instance ocsf/http_activity, proxy, windows/process_creation")
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport rule new detections/wiki-push --behaviour side-channel-upload\n  sallyport rule new rules/late-login --logsource github/audit",
    )
    .action(async (folder: string, options: { title?: string; behaviour?: string; logsource?: string }) =>
      run((await import("./rule-new.ts")).newRule(terminal(), folder, options)),
    );
  rule
    .command("hunt")
    .description("event rules over what a store holds: in SQL where every field is a column, else on the stored lines")
    .requiredOption("--store <folder>", "the store")
    .requiredOption("--rules <path...>", "rule files and folders")
    .option("--from <time>", "first time looked at, ISO 8601, UTC without a zone")
    .option("--until <time>", "time to stop before")
    .option("--policy <file>", "judge by this policy.yaml; the context that was stored when left out")
    .addOption(output("table", "ndjson", "csv"))
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport rule hunt --store ./data --rules rules/ --from 2026-03-01 --until 2026-04-01 -o ndjson",
    )
    .action(async (options: HuntOptions) => run((await import("./rule-hunt.ts")).huntRules(terminal(), options)));
  rule
    .command("backtest")
    .description("what a new or changed rule would have found in a store, beside what was found there without it")
    .argument("<what>", "rule file or folder, or the id of an enabled rule")
    .addOption(new Option("--store <folder>", "the store").default("./data"))
    .option("--rules <path...>", "rules that are enabled beside the built-in detections")
    .option("--policy <file>", "judge by this policy.yaml; the context that was stored when left out")
    .option("--since <time>", "first time looked at, ISO 8601, UTC without a zone")
    .option("--until <time>", "time to stop before")
    .addOption(
      new Option("-o, --output <format>", "how results are printed")
        .choices(["table", "json", "ndjson", "csv"])
        .default("table"),
    )
    .addHelpText(
      "after",
      `
Correlations are evaluated too, and so are those of enabled rules that stand on a changed one. Nothing is written to the store.

Examples:
  sallyport rule backtest rules/late-login/rule.yml --store ./data --since 2026-03-01
  sallyport rule backtest api-upload --store ./data --policy policy.yaml -o json | jq .findings.after`,
    )
    .action(async (what: string, options: BacktestCommandOptions) =>
      run((await import("./rule-backtest.ts")).backtestRules(terminal(), what, options)),
    );
  rule
    .command("sql")
    .description("the ClickHouse SQL of event rules over the store's activity table, or why a rule has none")
    .argument("<path...>", "rule files and folders")
    .option("--policy <file>", "policy.yaml for the placeholders of rules")
    .addHelpText("after", "\nExamples:\n  sallyport rule sql rules/late-login/rule.yml")
    .action(async (paths: string[], options: { policy?: string }) =>
      run((await import("./rule-hunt.ts")).printRuleSql(terminal(), paths, options)),
    );
}

function addIncidentCommands(
  program: Command,
  terminal: () => Terminal,
  run: (work: Promise<number>) => Promise<void>,
): void {
  const incident = program
    .command("incident")
    .description("incidents in a store: list, show, assign, note, close, reopen");
  const store = new Option("--store <folder>", "the store").default("./data");
  incident
    .command("list")
    .description("every incident, highest risk first")
    .addOption(store)
    .option("--suppressed", "those that suppressions cover instead")
    .addOption(output("table", "ndjson", "csv", "sarif"))
    .action(async (options: { store: string; output: OutputFormat; suppressed?: boolean }) =>
      run((await import("./incident.ts")).listIncidents(terminal(), options)),
    );
  incident
    .command("show")
    .description("one incident with its reasons, timeline and blind spots")
    .argument("<uid>", "its uid, or the beginning of it")
    .addOption(store)
    .addOption(output("table", "ndjson", "csv", "sarif"))
    .action(async (uid: string, options: { store: string; output: OutputFormat }) =>
      run((await import("./incident.ts")).showOne(terminal(), uid, options)),
    );
  const act = (action: NewAction) => (uid: string, folder: string) =>
    run(import("./incident-actions.ts").then(({ actOn }) => actOn(terminal(), uid, action, folder)));
  const uid = "its uid, or the beginning of it";
  incident
    .command("assign")
    .description("give it to somebody; to yourself when nobody is named")
    .argument("<uid>", uid)
    .argument("[who]", "a name; - gives it back")
    .addOption(store)
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport incident assign 3f9c2a11\n  sallyport incident assign 3f9c2a11 mara",
    )
    .action((found: string, who: string | undefined, options: { store: string }) =>
      act({ kind: "assign", assignee: who === "-" ? null : (who ?? "") })(found, options.store),
    );
  incident
    .command("note")
    .description("write something down about it")
    .argument("<uid>", uid)
    .argument("<text...>", "the note")
    .addOption(store)
    .action((found: string, text: string[], options: { store: string }) =>
      act({ kind: "note", text: text.join(" ") })(found, options.store),
    );
  incident
    .command("close")
    .description("close it with what it turned out to be")
    .argument("<uid>", uid)
    .addArgument(new Argument("<disposition>", "what it was").choices(DISPOSITIONS))
    .argument("[note...]", "why")
    .addOption(store)
    .addHelpText(
      "after",
      "\nExamples:\n  sallyport incident close 3f9c2a11 benign-authorised agreed with the team lead",
    )
    .action((found: string, disposition: string, text: string[], options: { store: string }) =>
      act({ kind: "close", disposition, ...(text.length === 0 ? {} : { text: text.join(" ") }) })(found, options.store),
    );
  incident
    .command("reopen")
    .description("open it again")
    .argument("<uid>", uid)
    .argument("[note...]", "why")
    .addOption(store)
    .action((found: string, text: string[], options: { store: string }) =>
      act({ kind: "reopen", ...(text.length === 0 ? {} : { text: text.join(" ") }) })(found, options.store),
    );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("write a whole number from 1");
  return value;
}
