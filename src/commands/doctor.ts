/** `doctor`: examines an installation, running or not, and says what to do. Changes nothing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { retentionSettings } from "../content/configuration/retention.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { SallyportError, StoreLockedError } from "../model/errors.ts";
import { systemClock } from "../model/ports.ts";
import { printable } from "../model/printable.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import { examineStore } from "../pipeline/persist/examine.ts";
import { storeFolder, type InstallationOptions } from "./administration.ts";
import { withPlace } from "./check.ts";
import { fail, ok, warn, type Check } from "./doctor-check.ts";
import { examineData, examineRules, examineSilence } from "./doctor-data.ts";
import { examineFolder, examinePorts, examineProgram, ownerOf } from "./doctor-machine.ts";
import { examineConfiguration, type Examination } from "./examine-configuration.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface DoctorOptions extends InstallationOptions {
  readonly output?: "table" | "json";
  readonly strict?: boolean;
}

/** What of `/status` is looked at. */
const RunningStatus = z.object({
  version: z.string(),
  ready: z.boolean(),
  store: z.object({ detached_parts: z.number() }),
  sources: z.array(
    z.object({
      id: z.string(),
      last_event_time: z.number().nullable(),
      health: z.string().nullable().optional(),
      last_error: z.string().nullable().optional(),
    }),
  ),
});

const STATUS_WITHIN_MS = 5_000;

/** @returns the exit code: 69 when anything fails, with --strict when anything is worth a look as well */
export async function doctor(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const checks = await examineInstallation(options);
  if (options.output === "json") terminal.line(JSON.stringify({ checks }, null, 2));
  else show(terminal, checks);
  const bad = checks.some(({ state }) => state === "fail" || (state === "warn" && options.strict === true));
  return bad ? EXIT.unavailable : EXIT.done;
}

export async function examineInstallation(options: DoctorOptions): Promise<Check[]> {
  const checks = await examineProgram();
  const examined = options.config === undefined ? null : examineConfiguration(options.config);
  if (examined !== null) checks.push(...configurationChecks(examined));
  const configuration = examined?.configuration ?? null;
  const folder = storeFolder(options, configuration);
  if (/^https?:/.test(folder)) return checks;
  checks.push(...examineFolder(folder));
  const documents = examined?.content?.documents ?? parseRuleFiles(loadRules([DETECTIONS]));
  const owner = ownerOf(folder);
  if (configuration !== null) checks.push(...(await examinePorts(configuration, owner !== null)));
  if (!existsSync(join(folder, "clickhouse"))) {
    checks.push(warn("store.exists", `${folder} holds no store yet`, "the first start makes it"));
    return checks;
  }
  if (owner !== null) {
    const name = Number.isNaN(owner) ? "a process of another user" : `process ${owner}`;
    checks.push(ok("store.owner", `in use by ${name}`));
    const listen = configuration?.listen ?? "127.0.0.1:8440";
    checks.push(...(await examineRunning(listen, configuration?.tls !== undefined)));
    return checks;
  }
  try {
    const settings = retentionSettings(configuration?.retention);
    const now = systemClock.now();
    const store = await examineStore(folder, settings, now);
    checks.push(ok("store.owner", "not in use"), ...examineData(store, now));
    checks.push(...examineRules(documents, new Set(store.sources.map(({ source }) => source))));
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    checks.push(
      error instanceof StoreLockedError
        ? ok("store.owner", error.message)
        : fail("store.opens", error.message, "read the cause; restore a backup if the store is damaged"),
    );
  }
  return checks;
}

function configurationChecks({ configuration, errors, warnings }: Examination): Check[] {
  const checks: Check[] = errors.map(({ message }) => fail("configuration.valid", message, "mend the place named"));
  for (const { message, place } of warnings)
    checks.push(warn("configuration.sound", withPlace(message, place), "on purpose? then leave it"));
  if (configuration !== null && checks.length === 0) checks.push(ok("configuration.valid", configuration.file));
  return checks;
}

/** The running installation, as it tells whoever is on the same machine. */
async function examineRunning(listen: string, tls: boolean): Promise<Check[]> {
  const port = listen.slice(listen.lastIndexOf(":") + 1);
  const address = `${tls ? "https" : "http"}://127.0.0.1:${port}/status`;
  let status: z.output<typeof RunningStatus>;
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(STATUS_WITHIN_MS), redirect: "error" });
    const parsed = RunningStatus.safeParse(await response.json());
    if (!parsed.success)
      return [warn("server.status", `${address} answers otherwise than Sallyport`, "is it this installation?")];
    status = parsed.data;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return [
      warn(
        "server.status",
        `${address} does not tell its status (${cause})`,
        tls
          ? "set NODE_EXTRA_CA_CERTS to whoever signed the certificate, and name 127.0.0.1 in it"
          : "a scan has the store open, or the server listens elsewhere",
      ),
    ];
  }
  const checks: Check[] = [
    status.ready
      ? ok("server.ready", `version ${status.version} answers`)
      : fail("server.ready", "the store does not answer", "look into the log"),
  ];
  if (status.store.detached_parts > 0)
    checks.push(
      fail(
        "store.parts",
        `${status.store.detached_parts} parts were set aside as broken`,
        "collect the logs of that time again",
      ),
    );
  for (const { id, health, last_error } of status.sources)
    if (health === "failing")
      checks.push(
        fail("source.health", `${id}: ${last_error ?? "fails"}`, "mend what it says; it is tried again by itself"),
      );
  const now = systemClock.now();
  checks.push(
    ...examineSilence(
      status.sources.map(({ id, last_event_time }) => ({ id, last: last_event_time, pause: 0 })),
      now,
    ),
  );
  return checks;
}

function show(terminal: Terminal, checks: readonly Check[]): void {
  const { paint } = terminal;
  const marks = { ok: paint.good("ok  "), warn: paint.warn("warn"), fail: paint.bad("fail") };
  for (const { id, state, text, advice } of checks) {
    terminal.line(`${marks[state]}  ${id.padEnd(20)} ${printable(text)}`);
    if (advice !== "") terminal.line(`      ${" ".repeat(20)} ${paint.faint(printable(advice))}`);
  }
  const count = (state: Check["state"]): number => checks.filter((check) => check.state === state).length;
  terminal.line("");
  terminal.line(`${count("ok")} ok, ${count("warn")} worth a look, ${count("fail")} failed`);
}
