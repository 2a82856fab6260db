/**
 * A copy of the store while it is in use, and a store made of such a copy.
 *
 * The engine copies the parts of all tables; what the store writes waits meanwhile, so that the copy is the store at one moment, as
 * after a power cut at that moment: sources that were told of a row find it, and go on from where they were. A manifest
 * with the size and SHA-256 of every file is written last; a folder without one is no backup.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { BackupInvalidError, UsageError } from "../../model/errors.ts";
import { openConnection } from "./connection.ts";
import { storeError } from "./store-error.ts";
import { NEWEST_SCHEMA, Store } from "./store.ts";

const MANIFEST = "manifest.json";
const DATA = "data";
/** A backup of a store of years has some ten thousand files. */
const MAX_MANIFEST_BYTES = 256 << 20;

const Manifest = z.object({
  format: z.literal(1),
  /** Of the product that made it. */
  product: z.string(),
  schema: z.number().int(),
  /** ms since 1970 UTC */
  created: z.number(),
  files: z.array(
    z.object({
      path: z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\]{1,1000}$/),
      size: z.number().int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export interface BackupSummary {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** Version of the tables. */
  readonly schema: number;
  /** When it was made, ms since 1970 UTC. */
  readonly created: number;
}

/**
 * @param folder new, or empty
 * @throws {UsageError | StoreUnavailableError}
 */
export async function backUp(
  store: Store,
  folder: string,
  { product, now }: { product: string; now: number },
): Promise<BackupSummary> {
  const path = resolve(folder);
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new UsageError(`${path} is not empty: name a new folder for each backup`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  try {
    await store.command(`BACKUP DATABASE default TO File('${quoted(join(path, DATA))}')`);
    const files: z.output<typeof Manifest>["files"] = [];
    for (const name of filesBelow(path, DATA).toSorted())
      files.push({ path: name, size: statSync(join(path, name)).size, sha256: await sha256(join(path, name)) });
    const manifest = { format: 1, product, schema: NEWEST_SCHEMA, created: now, files };
    writeDurably(join(path, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    return summaryOf(path, Manifest.parse(manifest));
  } catch (error) {
    rmSync(join(path, DATA), { recursive: true, force: true });
    throw error;
  }
}

/**
 * Reads every file of a backup and compares it with the manifest.
 * @throws {BackupInvalidError} for the first that is missing, changed, or not in the manifest
 */
export async function verifyBackup(folder: string): Promise<BackupSummary> {
  const path = resolve(folder);
  const manifest = readManifest(path);
  if (manifest.schema > NEWEST_SCHEMA)
    throw new BackupInvalidError(
      `was made by a newer release (schema ${manifest.schema}, this one knows ${NEWEST_SCHEMA}): update sallyport`,
      { place: { file: join(path, MANIFEST) } },
    );
  const present = new Set(filesBelow(path, DATA));
  for (const { path: name, size, sha256: expected } of manifest.files) {
    const place = { file: join(path, name) };
    if (!present.delete(name)) throw new BackupInvalidError("is missing from the backup", { place });
    if (statSync(place.file).size !== size || (await sha256(place.file)) !== expected)
      throw new BackupInvalidError("is not what was backed up: take another backup", { place });
  }
  const [extra] = present;
  if (extra !== undefined)
    throw new BackupInvalidError("does not belong to the backup", { place: { file: join(path, extra) } });
  return summaryOf(path, manifest);
}

/**
 * Makes a store of a backup that has been verified. A store made by an older release is brought up to date.
 * @param folder of the store; there must be none in it
 * @throws {BackupInvalidError | UsageError | StoreUnavailableError}
 */
export async function restore(backup: string, folder: string): Promise<BackupSummary> {
  const path = resolve(folder);
  if (existsSync(join(path, "clickhouse")))
    throw new UsageError(`${path} holds a store already: name another folder, or move that store away`);
  const summary = await verifyBackup(backup);
  const connection = await openConnection(path);
  try {
    await connection.client.command({
      query: `RESTORE DATABASE default FROM File('${quoted(join(summary.folder, DATA))}')`,
    });
  } catch (cause) {
    await connection.close();
    rmSync(join(path, "clickhouse"), { recursive: true, force: true });
    throw storeError(cause);
  }
  await connection.close();
  await (await Store.open(path)).close();
  return summary;
}

function readManifest(path: string): z.output<typeof Manifest> {
  const place = { file: join(path, MANIFEST) };
  const stats = statSync(place.file, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new BackupInvalidError("does not exist: the folder is no backup, or one that was not finished", { place });
  if (stats.size > MAX_MANIFEST_BYTES) throw new BackupInvalidError("is too large for a manifest", { place });
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(place.file, "utf8"));
  } catch (cause) {
    throw new BackupInvalidError("is no JSON: take another backup", { place, cause });
  }
  const result = Manifest.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BackupInvalidError(`is no manifest of a backup (${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""})`, {
    place,
  });
}

function summaryOf(folder: string, { files, schema, created }: z.output<typeof Manifest>): BackupSummary {
  return { folder, files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0), schema, created };
}

/** Paths relative to `root`; links are not followed. */
function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, name) : [name];
  });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function quoted(path: string): string {
  return path.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
