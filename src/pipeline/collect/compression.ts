/** Which compression a file has, from its first bytes. */

export type Compression = "none" | "gzip" | "zstd";

/**
 * Judges by content, so that a misnamed file is read as what it is. A name ending in .gz or .zst decides only where the
 * content shows neither an archive nor text: a damaged archive is then reported as one.
 */
export function compressionOf(head: Uint8Array, name = ""): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd && head[0] === 0x28) return "zstd";
  // A skippable frame may come first: 0x184D2A5? little-endian.
  if (head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 && (head[0]! & 0xf0) === 0x50) return "zstd";
  if (head.length === 0 || !head.some((byte) => byte < 0x09)) return "none";
  if (/\.g(?:z|zip)$/i.test(name)) return "gzip";
  if (/\.zstd?$/i.test(name)) return "zstd";
  return "none";
}
