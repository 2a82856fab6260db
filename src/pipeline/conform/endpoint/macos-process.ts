/** Processes and people of macOS Endpoint Security messages (`es_process_t`, `audit_token_t`). */
import type { JsonObject, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { number, object, property, text } from "../read-json.ts";
import { hashOf, processId, processOf, userOf } from "./objects.ts";

/** `auid` of what no login started. */
const UNSET = 4_294_967_295;

/** A process by its `audit_token` and executable; undefined without a process id. */
export function processFrom(source: JsonObject | undefined): OcsfProcess | undefined {
  const token = object(source, "audit_token");
  const executable = object(source, "executable");
  const process = processOf({
    image: text(executable, "path"),
    pid: processId(property(token, "pid")),
    cmd_line: text(token, "command_line"),
    user: accountOf(token, "euid"),
  });
  if (process?.pid === undefined) return undefined;
  const uid = text(token, "uuid");
  if (uid !== undefined) process.uid = uid;
  if (process.file !== undefined) {
    const hashes = ["sha1", "sha256"].flatMap((algorithm) => hashOf(algorithm, text(executable, algorithm)) ?? []);
    if (hashes.length > 0) process.file.hashes = hashes;
  }
  const parent = parentFrom(source);
  if (parent !== undefined) process.parent_process = parent;
  return process;
}

/** Only its number, unless the product looked the rest up. */
export function parentFrom(source: JsonObject | undefined): OcsfProcess | undefined {
  const token = object(source, "parent_audit_token");
  const pid = processId(property(token, "pid") ?? property(source, "ppid"));
  if (pid === undefined) return undefined;
  return processOf({
    pid,
    image: text(token, "exec_path"),
    cmd_line: text(token, "command_line"),
    uid: text(token, "uuid"),
  });
}

/** Who logged in; for daemons the user they run as. */
export function personOf(token: JsonObject | undefined): OcsfUser | undefined {
  return number(token, "auid") === UNSET
    ? accountOf(token, "euid")
    : (accountOf(token, "auid") ?? accountOf(token, "euid"));
}

function accountOf(token: JsonObject | undefined, key: "auid" | "euid"): OcsfUser | undefined {
  const id = number(token, key);
  if (id === undefined || id < 0) return undefined;
  // Jamf looks the effective user up.
  const name = id === number(token, "euid") ? text(token, "e_username") : undefined;
  return userOf(name ?? (id === 0 ? "root" : undefined), undefined, String(id));
}
