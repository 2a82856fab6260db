/** Suppressions: what people have decided is not to be told again, until when, and why. */

/** Names a suppression can be narrowed by. Patterns know `*` and `?`; null: not narrowed by it. All that are given must hold. */
export interface SuppressionScope {
  /** Id of a rule. */
  readonly rule: string | null;
  /** Any name of a person or account. */
  readonly user: string | null;
  readonly host: string | null;
  readonly address: string | null;
  /** `host/owner/name`, or less of it. */
  readonly destination: string | null;
}

export const SCOPE_NAMES = [
  "rule",
  "user",
  "host",
  "address",
  "destination",
] as const satisfies readonly (keyof SuppressionScope)[];

/** The span of event time a suppression speaks of; half-open, ms since 1970 UTC. */
export interface SuppressionSpan {
  /** null: from the beginning of all that is stored. */
  readonly from: number | null;
  readonly until: number;
}

export interface Suppression extends SuppressionSpan {
  readonly uid: string;
  readonly scope: SuppressionScope;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** ms since 1970 UTC */
  readonly created: number;
  /** null: nobody has ended it before its time. */
  readonly ended: {
    /** ms since 1970 UTC */
    readonly time: number;
    readonly by: string;
    /** true: it was taken back, and hides nothing any more. */
    readonly withdrawn: boolean;
  } | null;
}

const DAY_MS = 86_400_000;
/** What `until` is where nobody says. */
export const USUAL_SUPPRESSION_MS = 30 * DAY_MS;
/** Nothing is hidden for longer than this without somebody deciding again. */
export const LONGEST_SUPPRESSION_MS = 366 * DAY_MS;
const MOST_CHARACTERS = 500;

/** Why a scope is none, as a sentence; null: it is one. */
export function scopeProblem(scope: SuppressionScope): string | null {
  const given = SCOPE_NAMES.flatMap((name) => scope[name] ?? []);
  if (given.length === 0) return `name at least one of ${SCOPE_NAMES.join(", ")}`;
  if (given.some((value) => value.length > MOST_CHARACTERS))
    return `a pattern has at most ${MOST_CHARACTERS} characters`;
  if (given.some((value) => value.trim() === "")) return "an empty pattern matches nothing";
  if (given.every((value) => /^[*?]*$/.test(value))) return "this would hide everything: name something";
  return null;
}

/** A fingerprint is one rule, one actor and one destination. */
export function scopeKind({ rule, user, host, address, destination }: SuppressionScope): string {
  if (rule !== null && destination !== null && (user ?? host ?? address) !== null) return "fingerprint";
  const given = { rule, user, host, address, destination };
  return SCOPE_NAMES.filter((name) => given[name] !== null).join(" + ");
}

/** `rule x, user alice@acme.example` */
export function describeScope(scope: SuppressionScope): string {
  return SCOPE_NAMES.flatMap((name) => (scope[name] === null ? [] : [`${name} ${scope[name]}`])).join(", ");
}
