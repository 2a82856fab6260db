/** `suppress add|list|preview|expire`: what is not to be told again, over a store. */
import { hostname, userInfo } from "node:os";
import { UsageError } from "../model/errors.ts";
import { systemClock } from "../model/ports.ts";
import { printable } from "../model/printable.ts";
import {
  LONGEST_SUPPRESSION_MS,
  SCOPE_NAMES,
  scopeProblem,
  type SuppressionScope,
  type SuppressionSpan,
} from "../model/suppression.ts";
import { fingerprintOf } from "../pipeline/escalate/suppress.ts";
import { laneOf } from "../pipeline/lanes.ts";
import { findingsByUidPrefix, readIncident } from "../pipeline/persist/findings.ts";
import type { Store } from "../pipeline/persist/store.ts";
import { readSuppressions } from "../pipeline/persist/suppression.ts";
import { addSuppression, listSuppressions, stopSuppression } from "../pipeline/suppressing.ts";
import { previewSuppression } from "../pipeline/suppression-preview.ts";
import { applySuppressions } from "../pipeline/tell-incidents.ts";
import { EXIT } from "./exit-codes.ts";
import { openExisting } from "./incident.ts";
import { emitPreview, emitSuppressions, showSuppression, tellPreview, type SuppressFormat } from "./suppress-output.ts";
import type { Terminal } from "./terminal.ts";

interface Narrowed {
  readonly store: string;
  readonly output: SuppressFormat;
  readonly fingerprint?: string;
  readonly rule?: string;
  readonly user?: string;
  readonly host?: string;
  readonly address?: string;
  readonly destination?: string;
  readonly from?: string;
  readonly until: string;
}

export type PreviewOptions = Narrowed;
export interface AddOptions extends Narrowed {
  readonly reason: string;
  readonly owner?: string;
  readonly force?: boolean;
}
export interface ListOptions {
  readonly store: string;
  readonly output: SuppressFormat;
  readonly all?: boolean;
}
export interface EndOptions {
  readonly store: string;
  readonly output: SuppressFormat;
  readonly withdraw?: boolean;
}

const me = (): string => userInfo().username;
const origin = () => ({ actor: me(), via: "command-line", address: hostname() }) as const;

/** @returns the exit code */
export async function preview(terminal: Terminal, options: PreviewOptions): Promise<number> {
  const now = systemClock.now();
  const span = spanOf(options, now);
  return withStore(options.store, async (store) => {
    const scope = await scopeOf(store, options);
    const found = await previewSuppression(store, { scope, ...span }, laneOf);
    await emitPreview(terminal, scope, span, found, options.output);
    return EXIT.done;
  });
}

export async function addOne(terminal: Terminal, options: AddOptions): Promise<number> {
  const now = systemClock.now();
  const span = spanOf(options, now);
  const reason = options.reason.trim();
  if (reason === "") throw new UsageError("--reason must say why: somebody will ask in a year");
  return withStore(options.store, async (store) => {
    const scope = await scopeOf(store, options);
    const found = await previewSuppression(store, { scope, ...span }, laneOf);
    if (found.confirmed > 0 && options.force !== true)
      throw new UsageError(
        `this would hide ${found.confirmed} of the incidents that were confirmed: look at them with sallyport suppress preview and the same options, then narrow it, start it later with --from, or add --force`,
      );
    const added = await addSuppression(
      store,
      { scope, ...span, reason, owner: options.owner?.trim() || me(), incident: null },
      { origin: origin(), laneOf, now },
    );
    tellPreview(terminal, found, "hides");
    if (span.until <= now)
      terminal.note(terminal.notePaint.warn("its end lies in the past: it hides nothing that comes"));
    if (options.output === "table") showSuppression(terminal, added);
    else await emitSuppressions(terminal, [added], options.output);
    return EXIT.done;
  });
}

export async function listAll(terminal: Terminal, options: ListOptions): Promise<number> {
  return withStore(options.store, async (store) => {
    const all = await listSuppressions(store, systemClock.now());
    const shown = all.filter(({ state }) => options.all === true || state === "active");
    await emitSuppressions(terminal, shown, options.output);
    const ended = all.length - shown.length;
    terminal.note(
      `${shown.length} ${shown.length === 1 ? "suppression" : "suppressions"}${ended === 0 ? "" : `; ${ended} have ended: --all`}`,
    );
    return EXIT.done;
  });
}

export async function endOne(terminal: Terminal, uid: string, options: EndOptions): Promise<number> {
  return withStore(options.store, async (store) => {
    const found = (await readSuppressions(store)).filter((each) => each.uid.startsWith(uid));
    const [suppression] = found;
    if (suppression === undefined || found.length > 1)
      throw new UsageError(
        `no suppression has the uid ${printable(uid)}, or more than one begins with it: sallyport suppress list --all --store ${printable(options.store)}`,
      );
    const withdraw = options.withdraw === true;
    if (suppression.ended?.withdrawn === true || (suppression.ended !== null && !withdraw))
      throw new UsageError(
        `suppression ${suppression.uid.slice(0, 8)} was ${suppression.ended.withdrawn ? "withdrawn" : "ended"} by ${printable(suppression.ended.by)} at ${new Date(suppression.ended.time).toISOString()}`,
      );
    const ended = await stopSuppression(store, suppression, withdraw, {
      origin: origin(),
      laneOf,
      now: systemClock.now(),
    });
    if (options.output === "table") showSuppression(terminal, ended);
    else await emitSuppressions(terminal, [ended], options.output);
    terminal.note(
      withdraw
        ? "withdrawn: incidents are told as though it had never been"
        : `ended: the ${ended.findings} findings it hid stay hidden, what happens from now on is told; --withdraw takes it back wholly`,
    );
    return EXIT.done;
  });
}

async function withStore(folder: string, work: (store: Store) => Promise<number>): Promise<number> {
  const store = await openExisting(folder);
  try {
    // What a command that was killed left undone.
    await applySuppressions(store, { laneOf, now: systemClock.now() });
    return await work(store);
  } finally {
    await store.close();
  }
}

async function scopeOf(store: Store, options: Narrowed): Promise<SuppressionScope> {
  const base =
    options.fingerprint === undefined
      ? { rule: null, user: null, host: null, address: null, destination: null }
      : await fingerprint(store, options.fingerprint);
  const scope = { ...base };
  for (const name of SCOPE_NAMES) if (options[name] !== undefined) scope[name] = options[name].trim();
  const problem = scopeProblem(scope);
  if (problem !== null)
    throw new UsageError(
      `${problem}; write --fingerprint, --rule, --user, --host, --address or --destination, one or several of them`,
    );
  return scope;
}

async function fingerprint(store: Store, uid: string): Promise<SuppressionScope> {
  const incident = /^[0-9a-f]{1,64}$/.test(uid) ? await readIncident(store, uid) : null;
  const wanted = incident === null ? uid : (incident.reasons[0]?.finding ?? uid);
  const findings = await findingsByUidPrefix(store, wanted);
  const [finding] = findings;
  if (finding === undefined || findings.length > 1)
    throw new UsageError(
      `no finding and no incident has the uid ${printable(uid)}, or more than one begins with it: sallyport incident list --store ${printable(store.folder)}`,
    );
  return fingerprintOf(finding);
}

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

function spanOf({ from, until }: { from?: string; until: string }, now: number): SuppressionSpan {
  const end = timeOf(until, "--until", now);
  const start = from === undefined ? null : timeOf(from, "--from", now);
  if (end > now + LONGEST_SUPPRESSION_MS)
    throw new UsageError("--until lies more than a year ahead: somebody must decide again before then");
  if (start !== null && start >= end) throw new UsageError("--from must lie before --until");
  return { from: start, until: end };
}

/** ms since 1970 UTC; a date alone is its midnight, a time without zone is UTC, a span counts from now. */
function timeOf(text: string, option: string, now: number): number {
  if (text === "now") return now;
  const span = /^(\d{1,5})([hdw])$/.exec(text);
  if (span !== null) return now + Number(span[1]) * UNITS[span[2] as keyof typeof UNITS];
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? "Z"}`);
  if (Number.isNaN(time) || time < 0)
    throw new UsageError(
      `${option} ${printable(text)}: write a time as 2026-03-18 or 2026-03-18T10:00:00Z, or a span as 12h, 30d, 8w`,
    );
  return time;
}
