/** The OCSF objects that every endpoint log fills: user, file, process, device. Values of the wrong type read as absent. */
import type { OcsfDevice, OcsfEndpoint, OcsfEvent, OcsfFile, OcsfProcess, OcsfUser } from "../../../model/activity.ts";

/** OCSF `os.type_id` with its caption. */
export const OPERATING_SYSTEMS = {
  windows: { name: "Windows", type_id: 100 },
  linux: { name: "Linux", type_id: 200 },
  macos: { name: "macOS", type_id: 300 },
  esxi: { name: "VMware ESXi", type_id: 99 },
} as const;

export type OperatingSystem = keyof typeof OPERATING_SYSTEMS;

/** The machine an event comes from. OCSF wants one even where the log does not say which. */
export function deviceOf(
  hostname: string | undefined,
  os: OperatingSystem | undefined,
  more?: { readonly uid?: string | undefined; readonly ip?: string | undefined },
): OcsfDevice {
  const device: OcsfDevice = { type_id: 0 };
  if (hostname !== undefined) device.hostname = hostname;
  if (more?.uid !== undefined) device.uid = more.uid;
  if (more?.ip !== undefined) device.ip = more.ip;
  if (hostname === undefined && device.uid === undefined && device.ip === undefined) device.name = "unknown";
  if (os !== undefined) device.os = OPERATING_SYSTEMS[os];
  return device;
}

/**
 * A file by its path; both kinds of slash end a folder name. undefined without a path.
 *
 * @param typeId OCSF file.type_id: 1 regular file, 2 folder, 6 named pipe; 0 when the log does not tell
 */
export function fileOf(path: string | undefined, typeId = 1): OcsfFile | undefined {
  return path === undefined ? undefined : { name: fileName(path), path, type_id: typeId };
}

/** The last part of a path; the whole path when it has none. */
export function fileName(path: string): string {
  const end = path.length > 1 && isSlash(path.charCodeAt(path.length - 1)) ? path.length - 1 : path.length;
  let at = end - 1;
  while (at >= 0 && !isSlash(path.charCodeAt(at))) at -= 1;
  return at + 1 >= end ? path : path.slice(at + 1, end);
}

function isSlash(code: number): boolean {
  return code === 0x2f || code === 0x5c;
}

const EMAIL = /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+$/;

/**
 * A user by account name: `DOMAIN\user` is split, `user@domain.tld` is also an e-mail address. undefined when neither
 * a name nor an id is known.
 *
 * @param account with or without domain
 * @param domain wins over a domain in `account`
 * @param uid SID, numeric id
 */
export function userOf(
  account: string | undefined,
  domain?: string | undefined,
  uid?: string | undefined,
): OcsfUser | undefined {
  if (account === undefined && uid === undefined) return undefined;
  const user: OcsfUser = {};
  if (account !== undefined) {
    const backslash = account.indexOf("\\");
    const name = backslash === -1 ? account : account.slice(backslash + 1);
    user.name = name;
    const realm = domain ?? (backslash > 0 ? account.slice(0, backslash) : undefined);
    if (realm !== undefined) user.domain = realm;
    if (name.includes("@") && EMAIL.test(name)) user.email_addr = name;
  }
  if (uid !== undefined) user.uid = uid;
  return user;
}

/** A process id in decimal, or in the hexadecimal of Windows security events. */
export function processId(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string" || value === "" || value.length > 18) return undefined;
  return /^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(value) ? processId(Number(value)) : undefined;
}

/** A count or size: whole and not negative, also as decimal text. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "string" && value.startsWith("0x") ? undefined : processId(value);
}

/** The same for ports: 0 to 65535. */
export function portOf(value: unknown): number | undefined {
  const port = processId(value);
  return port === undefined || port > 65_535 ? undefined : port;
}

/**
 * A process by its executable; undefined when neither image nor any id is known. Fields may be undefined.
 */
export function processOf(fields: {
  readonly image?: string | undefined;
  readonly pid?: number | undefined;
  readonly uid?: string | undefined;
  readonly cmd_line?: string | undefined;
  readonly name?: string | undefined;
  readonly user?: OcsfUser | undefined;
}): OcsfProcess | undefined {
  const { image, pid, uid, cmd_line, user } = fields;
  const name = fields.name ?? (image === undefined ? undefined : fileName(image));
  if (name === undefined && pid === undefined && uid === undefined && cmd_line === undefined) return undefined;
  const process: OcsfProcess = { name, pid };
  if (uid !== undefined) process.uid = uid;
  // OCSF wants a number or an id; a source that gives neither still tells which program it was.
  else if (pid === undefined) process.uid = `unknown:${(image ?? name ?? cmd_line ?? "").slice(0, 200)}`;
  if (cmd_line !== undefined) process.cmd_line = cmd_line;
  if (image !== undefined) process.file = fileOf(image);
  if (user !== undefined) process.user = user;
  return process;
}

/** OCSF wants an actor to be somebody: the sensor itself where the record names neither user nor process. */
export function actorOr(actor: OcsfEvent["actor"], sensor: string): OcsfEvent["actor"] {
  if (actor === undefined || actor.user !== undefined || actor.process !== undefined || actor.app_name !== undefined)
    return actor;
  return { app_name: sensor };
}

/** One end of a connection; undefined when neither address nor name is known: a port alone is nobody. */
export function endpointOf(
  ip: string | undefined,
  port: number | undefined,
  hostname?: string | undefined,
): OcsfEndpoint | undefined {
  return ip === undefined && hostname === undefined ? undefined : { ip, port, hostname };
}

const HASH_ALGORITHMS: ReadonlyMap<string, { readonly algorithm_id: number; readonly algorithm: string }> = new Map([
  ["MD5", { algorithm_id: 1, algorithm: "MD5" }],
  ["SHA1", { algorithm_id: 2, algorithm: "SHA-1" }],
  ["SHA256", { algorithm_id: 3, algorithm: "SHA-256" }],
  ["SHA512", { algorithm_id: 4, algorithm: "SHA-512" }],
  ["IMPHASH", { algorithm_id: 18, algorithm: "Imphash" }],
]);

/** One hash in OCSF; undefined for an algorithm OCSF has no number for, or without a value. */
export function hashOf(
  algorithm: string,
  value: string | undefined,
): NonNullable<OcsfFile["hashes"]>[number] | undefined {
  const known = HASH_ALGORITHMS.get(algorithm) ?? HASH_ALGORITHMS.get(algorithm.toUpperCase());
  if (known === undefined || value === undefined || value === "") return undefined;
  return { algorithm_id: known.algorithm_id, algorithm: known.algorithm, value };
}
