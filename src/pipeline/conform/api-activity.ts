/**
 * What the maps of audit logs share: which CRUD activity an operation is, and the parts of an API Activity that every
 * such log fills the same way.
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUser } from "../../model/activity.ts";
import { ipAddress } from "./decoders/ip-address.ts";

const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const OTHER = 99;

/** Verbs that decide wherever they stand in the name. */
const STRONG: ReadonlyMap<string, number> = new Map([
  ...verbs(
    CREATE,
    "create created creation add added register registered new upload uploaded publish published generate generated invite invited import imported fork forked provision insert issued put open opened submit submitted authorize authorized",
  ),
  ...verbs(
    DELETE,
    "delete deleted deletion destroy destroyed remove removed removal revoke revoked deprovision purge unregister unregistered uninstall uninstalled detach detached clear cleared terminate",
  ),
  ...verbs(
    UPDATE,
    "update updated edit edited change changed set enable enabled disable disabled rename renamed transfer transferred modify modified archive archived unarchive unarchived lock locked unlock unlocked rotate rotated publicized privatized reset suspend suspended unsuspend unsuspended block blocked unblock unblocked approve approved assign assigned unassign grant granted attach attached move moved restore restored activate deactivate protect protected bypass override dismiss dismissed close closed reopen reopened resolve resolved fixed synchronize label labeled unlabel unlabeled pin pinned unpin unpinned milestoned demilestoned convert converted",
  ),
]);

/** Nouns as often as verbs (`project_export_created`): they decide only where no strong verb stands. */
const READING: ReadonlyMap<string, number> = new Map(
  verbs(
    READ,
    "clone cloned fetch fetched pull download downloaded read view viewed list listed get describe lookup search show head export exported accessed query queried retrieve retrieved browse",
  ),
);

/** States more than verbs: the last to decide. */
const STATES: ReadonlyMap<string, number> = new Map(
  verbs(UPDATE, "access visibility config settings public merge merged"),
);

function verbs(activity: number, words: string): [string, number][] {
  return words.split(" ").map((word) => [word, activity]);
}

/** Operation names repeat; hostile ones must not fill memory. */
const MAX_REMEMBERED = 4096;
const remembered = new Map<string, number>();

/**
 * activity_id of API Activity for an operation name in any spelling: `repo.create`, `project_visibility_level_updated`,
 * `CreateRepository`, `Git.RefUpdatePolicyBypassed`. 99 where no word of it tells.
 */
export function operationActivity(operation: string): number {
  const known = remembered.get(operation);
  if (known !== undefined) return known;
  const activity = classify(operation);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(operation, activity);
  return activity;
}

function classify(operation: string): number {
  // `protected_branch.destroy`, `pull_request.opened`: the verb stands behind the point
  const short = operation.slice(0, 256);
  const words = short
    .slice(short.lastIndexOf(".") + 1)
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  for (const table of [STRONG, READING, STATES]) {
    for (const word of words) {
      const activity = table.get(word);
      if (activity !== undefined) return activity;
    }
  }
  return OTHER;
}

const METHODS: ReadonlyMap<string, number> = new Map([
  ["POST", CREATE],
  ["GET", READ],
  ["HEAD", READ],
  ["OPTIONS", READ],
  ["PUT", UPDATE],
  ["PATCH", UPDATE],
  ["DELETE", DELETE],
]);

/** activity_id of API Activity for an HTTP method; 99 for one that is none of the CRUD methods. */
export function methodActivity(method: string): number {
  return METHODS.get(method.toUpperCase()) ?? OTHER;
}

/**
 * API Activity requires a source end point and an end point some name: where the record gives no address, its name is
 * `unknown`, which no rule about addresses matches.
 */
export function sourceEndpoint(address: unknown, country?: string): OcsfEndpoint {
  const ip = ipAddress(address);
  const endpoint: OcsfEndpoint = ip === undefined ? { name: "unknown" } : { ip };
  if (country !== undefined) endpoint.location = { country };
  return endpoint;
}

/** The actor of an API Activity; where the record names nobody, `app_name` says so, because OCSF wants one of the two. */
export function apiActor(user: OcsfUser, credential?: string, sessionUid?: string): NonNullable<OcsfEvent["actor"]> {
  const named = user.name !== undefined || user.uid !== undefined;
  const actor: NonNullable<OcsfEvent["actor"]> = named ? { user } : { app_name: "unknown" };
  if (credential !== undefined || sessionUid !== undefined) {
    actor.session = {};
    if (sessionUid !== undefined) actor.session.uid = sessionUid;
    if (credential !== undefined) actor.session.credential_uid = credential;
  }
  return actor;
}

/** User account type ids of OCSF: 1 User, 2 Admin, 3 System, 4 Service. */
export function userType(service: boolean): { type_id: number; type: string } {
  return service ? { type_id: 4, type: "Service" } : { type_id: 1, type: "User" };
}

const EMAIL = /^[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64}@[a-zA-Z0-9-]{1,63}\.[a-zA-Z0-9-.]{1,190}$/;

/** The text when it is an e-mail address, as OCSF's email_t wants it. */
export function emailAddress(text: string | undefined): string | undefined {
  return text !== undefined && EMAIL.test(text) ? text : undefined;
}

const SUCCESS = { status_id: 1, status: "Success" };
const FAILURE = { status_id: 2, status: "Failure" };

/** OCSF status of an outcome; nothing where the record does not tell. */
export function outcomeStatus(succeeded: boolean | undefined): { status_id?: number; status?: string } {
  return succeeded === undefined ? {} : succeeded ? SUCCESS : FAILURE;
}

/**
 * The own properties of a record that the map did not place, values as they are (not copied). `__proto__` is left
 * out: assigning it would set a prototype.
 */
export function unmappedRest(record: object, placed: ReadonlySet<string>): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  const source = record as Record<string, unknown>;
  for (const key in source) {
    if (!placed.has(key) && key !== "__proto__" && Object.hasOwn(source, key)) rest[key] = source[key];
  }
  return rest;
}

const VISIBILITIES: ReadonlyMap<string, string> = new Map([
  ["public", "public"],
  ["private", "private"],
  ["internal", "internal"],
  ["organization", "internal"],
  ["20", "public"],
  ["10", "internal"],
  ["0", "private"],
]);

/** `Public`, `private`, GitLab's 0, 10 and 20 … -> `public`, `private` or `internal`; undefined for anything else. */
export function visibilityOf(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  return VISIBILITIES.get(String(value).toLowerCase());
}

/**
 * Writes `visibility` and `repository_public` so that they read the same for every product: the one follows from the
 * other where the record carries only one of the two. Leaves a visibility of another kind (a team's `secret`) alone.
 */
export function noteVisibility(
  unmapped: Record<string, unknown>,
  visibility: string | undefined,
  isPublic: boolean | undefined,
): void {
  const state = visibility ?? (isPublic === undefined ? undefined : isPublic ? "public" : "private");
  if (state === undefined) return;
  unmapped["visibility"] = state;
  unmapped["repository_public"] = visibility === undefined ? isPublic : visibility === "public";
}
