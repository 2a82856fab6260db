/**
 * A file of one JSON object a line, rotated by size. A line counts as delivered when it is on disk. When an attempt may have
 * been made before, the end of the file is searched for the delivery first; a line that was cut by a crash is taken off.
 */
import {
  close,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import * as z from "zod";
import { parseSize } from "../../../model/policy.ts";
import { bodyOf } from "../body.ts";
import { incidentFinding } from "../formats/ocsf.ts";
import { defineReceiver } from "../receiver.ts";

const MAX_SIZE = 100_000_000;
const KEEP = 5;
/** An attempt that nobody knows the end of is within this much of the end. */
const TAIL_BYTES = 4 << 20;

export default defineReceiver({
  type: "file",
  title: "File",
  description: "A file that another program reads: the incident, or OCSF Incident Finding, one JSON object a line.",
  settings: {
    path: z.string().min(1).meta({ description: "Of the file, relative to the configuration. Its folder must exist." }),
    format: z
      .enum(["incident", "ocsf"])
      .optional()
      .meta({ description: "`incident`, or OCSF Incident Finding (class 2005); `incident` when left out." }),
    max_size: z
      .union([z.string(), z.number()])
      .optional()
      .refine((value) => value === undefined || (parseSize(value) ?? 0) > 0, { error: "write a size such as 100MB" })
      .meta({ description: "A larger file becomes `PATH.1`, that one `PATH.2`, and so on; 100MB when left out." }),
    keep: z.int().min(0).max(1_000).optional().meta({ description: "How many older files stay; 5 when left out." }),
  },
  secrets: {},
  hosts: () => [],
  connect: ({ path, format = "incident", max_size, keep = KEEP }, ports) => {
    const maxSize = max_size === undefined ? MAX_SIZE : (parseSize(max_size) ?? MAX_SIZE);
    return {
      deliver: async (notice, { delivery, again }) => {
        const link = ports.link(notice.incident.uid);
        const content = format === "ocsf" ? incidentFinding(notice, link, ports.version) : bodyOf(notice, link);
        const line = Buffer.from(`${JSON.stringify(content)}\n`, "utf8");
        const written = append(path, line, { maxSize, keep, unless: again ? delivery : null });
        return { result: "delivered", answer: written ? `${line.length} bytes` : "it is there already" };
      },
    };
  },
});

interface AppendOptions {
  readonly maxSize: number;
  readonly keep: number;
  /** Nothing is written when this stands near the end already. */
  readonly unless: string | null;
}

function append(path: string, line: Buffer, { maxSize, keep, unless }: AppendOptions): boolean {
  let descriptor = open(path);
  try {
    let size = fstatSync(descriptor).size;
    const tail = readTail(descriptor, size, unless === null ? 1 : TAIL_BYTES);
    if (tail.length > 0 && tail.at(-1) !== 0x0a) {
      const whole = readTail(descriptor, size, TAIL_BYTES);
      size -= whole.length - (whole.lastIndexOf(0x0a) + 1);
      ftruncateSync(descriptor, size);
    }
    if (unless !== null && readTail(descriptor, size, TAIL_BYTES).includes(`"${unless}"`)) return false;
    if (size > 0 && size + line.length > maxSize) {
      closeSync(descriptor);
      rotate(path, keep);
      descriptor = open(path);
      // A file that could not be moved away is emptied only when nothing of it was to be kept.
      if (keep === 0) ftruncateSync(descriptor, 0);
      size = fstatSync(descriptor).size;
    }
    for (let at = 0; at < line.length;) at += writeSync(descriptor, line, at, line.length - at, size + at);
    fsyncSync(descriptor);
    return true;
  } finally {
    close(descriptor, () => {});
  }
}

function open(path: string): number {
  // Not through a link that somebody put there.
  return openSync(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
}

function readTail(descriptor: number, size: number, bytes: number): Buffer {
  const length = Math.min(size, bytes);
  const tail = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = readSync(descriptor, tail, read, length - read, size - length + read);
    if (more === 0) break;
    read += more;
  }
  return tail.subarray(0, read);
}

function rotate(path: string, keep: number): void {
  for (let number = keep; number >= 1; number -= 1) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    try {
      renameSync(from, `${path}.${number}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}
