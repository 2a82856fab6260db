/** A file by its inode, where only its name changed. */
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const MAX_ENTRIES = 4_096;

/** The file with this `device:inode` in the folder of `path`; null when there is none. */
export async function findInode(path: string, inode: string): Promise<string | null> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.slice(0, MAX_ENTRIES)) {
    const stats = await stat(join(folder, name), { bigint: true }).catch(() => null);
    if (stats?.isFile() === true && `${stats.dev}:${stats.ino}` === inode) return join(folder, name);
  }
  return null;
}
