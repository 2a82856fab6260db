import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { listInputs } from "./inputs.ts";
import { temporaryFolder } from "./testing.ts";

function tree(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function list(folder: string, ...paths: string[]): Promise<{ files: string[]; unreadable: string[] }> {
  const { files, unreadable } = await listInputs(
    paths.length === 0 ? [folder] : paths.map((path) => join(folder, path)),
  );
  const relative = (text: string): string => text.replaceAll(`${folder}/`, "");
  return {
    files: files.map(({ path }) => relative(path)),
    unreadable: unreadable.map(({ message }) => relative(message)),
  };
}

test("folders are walked by name, paths taken in the order given", async () => {
  const folder = tree({ "b/2.log": "", "b/10.log": "", "a.log": "", "c/d/e.log": "" });
  expect(await list(folder)).toEqual({ files: ["a.log", "b/10.log", "b/2.log", "c/d/e.log"], unreadable: [] });
  expect(await list(folder, "c", "a.log")).toEqual({ files: ["c/d/e.log", "a.log"], unreadable: [] });
});

test("a file is listed once, however many names it has", async () => {
  const folder = tree({ "a.log": "x", "deep/b.log": "y" });
  symlinkSync(join(folder, "a.log"), join(folder, "z-link.log"));
  linkSync(join(folder, "a.log"), join(folder, "y-hard-link.log"));
  symlinkSync(folder, join(folder, "deep", "loop"));
  expect(await list(folder)).toEqual({ files: ["a.log", "deep/b.log"], unreadable: [] });
  expect((await list(folder, "a.log", "a.log", ".")).files).toEqual(["a.log", "deep/b.log"]);
});

test("what cannot be read is reported and the rest listed", async () => {
  const folder = tree({ "a.log": "x" });
  symlinkSync("b-loop", join(folder, "b-loop"));
  symlinkSync("nowhere", join(folder, "c-dangling"));
  execFileSync("mkfifo", [join(folder, "d-pipe")]);
  const server = createServer().listen(join(folder, "e-socket"));
  await once(server, "listening");
  try {
    expect(await list(folder)).toEqual({
      files: ["a.log"],
      unreadable: [
        "b-loop: a link that leads back to itself",
        "c-dangling: no such file or folder",
        "d-pipe: not a file or folder but a pipe (use - to read standard input)",
        "e-socket: not a file or folder but a socket",
      ],
    });
  } finally {
    server.close();
  }
  expect(await list(folder, "missing.log")).toEqual({ files: [], unreadable: ["missing.log: no such file or folder"] });
});

test.skipIf(process.getuid?.() === 0)("a folder without permission (cannot be had as root)", async () => {
  const folder = tree({ "closed/a.log": "x", "open.log": "y" });
  chmodSync(join(folder, "closed"), 0o000);
  expect(await list(folder)).toEqual({ files: ["open.log"], unreadable: ["closed: no permission to read"] });
  chmodSync(join(folder, "closed"), 0o700);
});

test.each([
  { name: "a.log", content: "text", is: "none", base: "a.log" },
  { name: "a.log.gz", content: gzipSync("text"), is: "gzip", base: "a.log" },
  { name: "a.log.zst", content: zstdCompressSync("text"), is: "zstd", base: "a.log" },
  { name: "a.log.1", content: gzipSync("text"), is: "gzip", base: "a.log.1" },
  { name: "text.gz", content: "text\n", is: "none", base: "text" },
  { name: "broken.gz", content: Buffer.from([0, 1, 2, 3]), is: "gzip", base: "broken" },
  { name: "broken.zst", content: Buffer.from([0, 1, 2, 3]), is: "zstd", base: "broken" },
  { name: "skippable.zst", content: Buffer.from([0x53, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]), is: "zstd", base: "skippable" },
  { name: "empty.gz", content: "", is: "none", base: "empty" },
])("$name is $is", async ({ name, content, is, base }) => {
  const folder = tree({ [name]: content });
  utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000.25);
  const { files } = await listInputs([folder]);
  expect(files).toEqual([
    {
      path: join(folder, name),
      name: base,
      modifiedTime: 1_700_000_000_250,
      sizeBytes: content.length,
      compression: is,
    },
  ]);
});

test("a dash is standard input, once", async () => {
  const { files } = await listInputs(["-", "-"]);
  expect(files).toEqual([{ path: "-", name: "", modifiedTime: expect.any(Number), sizeBytes: 0, compression: "none" }]);
});
