/**
 * Reading: files to lines, compared with node:readline in the same run. Synthetic lines of proxy, sensor and audit logs, about 600 bytes on
 * average, in files under the system's folder for temporary files, warm in the page cache.
 */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { isRejected, openChunks } from "../src/pipeline/collect/chunks.ts";
import { type InputFile, listInputs } from "../src/pipeline/collect/inputs.ts";
import { readLines } from "../src/pipeline/collect/lines.ts";
import { mergeByTime } from "../src/pipeline/collect/merge.ts";
import { type Case, formatMeasurements, measureInterleaved, type Measurement } from "./measure.ts";

const LINES = 150_000;
const MERGED_FILES = 200;

export interface CollectReport {
  readonly bytesPerLine: number;
  /** Lines a second. */
  readonly measurements: readonly Measurement[];
}

export async function run(rounds = 5): Promise<CollectReport> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  try {
    const lines = Array.from({ length: LINES }, (_, index) => lineOf(index));
    const text = `${lines.join("\n")}\n`;
    const put = async (name: string, content: string | Uint8Array): Promise<InputFile> => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return (await listInputs([path])).files[0]!;
    };
    const plain = await put("plain.log", text);
    const gzip = await put("plain.log.gz", gzipSync(text));
    const zstd = await put("plain.log.zst", zstdCompressSync(text));
    const documents = await put(
      "pretty.json",
      JSON.stringify(
        lines.map((line) => ({ line })),
        null,
        2,
      ),
    );
    const many: InputFile[] = [];
    for (let file = 0; file < MERGED_FILES; file++) {
      many.push(await put(`part-${file}.log`, lines.filter((_, index) => index % MERGED_FILES === file).join("\n")));
    }
    const cases: Case[] = [
      { name: "readline", run: () => countWithReadline(plain) },
      { name: "plain", run: () => countLines(openChunks(plain)) },
      { name: "gzip", run: () => countLines(openChunks(gzip)) },
      { name: "zstd", run: () => countLines(openChunks(zstd)) },
      { name: "JSON document", run: () => countLines(openChunks(documents)) },
      { name: `merge of ${MERGED_FILES} overlapping files`, run: () => countLines(mergeByTime(many, { timeOf })) },
    ];
    return { bytesPerLine: text.length / LINES, measurements: await measureInterleaved(cases, rounds) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function format({ bytesPerLine, measurements }: CollectReport): string {
  const readline = measurements[0]!.median;
  const plain = measurements[1]!.median;
  return [
    formatMeasurements(measurements, "lines"),
    `${Math.round(bytesPerLine)} bytes a line: plain ${Math.round((plain * bytesPerLine) / 1e6)} MB/s, ${(plain / readline).toFixed(1)} times readline`,
  ].join("\n");
}

function lineOf(index: number): string {
  const time = 1_774_000_000_000 + index * 50;
  const host = `ws-${index % 200}`;
  if (index % 3 === 0)
    return `${(time / 1000).toFixed(3)} 250 10.1.4.${index % 250} TCP_MISS/200 ${index} CONNECT git.acme.example:443 - HIER_DIRECT/192.0.2.7 -`;
  return JSON.stringify({
    "@timestamp": time,
    host,
    action: "git.push",
    actor: `user${index % 300}`,
    detail: "x".repeat(300 + (index % 700)),
  });
}

function timeOf(line: string): number | null {
  const seconds = Number.parseFloat(line);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  const found = /"@timestamp":(\d+)/.exec(line);
  return found === null ? null : Number(found[1]);
}

async function countLines(items: ReturnType<typeof openChunks>): Promise<number> {
  let count = 0;
  for await (const item of items) {
    if (!isRejected(item))
      readLines(
        item.bytes,
        () => count++,
        () => {},
      );
  }
  return count;
}

async function countWithReadline({ path }: InputFile): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    if (line !== "") count++;
  return count;
}
