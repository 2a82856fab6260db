#!/usr/bin/env node
/**
 * The command `sallyport`. In a clone it makes everything ready first and runs the sources; installed as a package it runs what
 * was built. Plain JavaScript for Node 18, because it runs before anything is installed.
 */
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildConsole } from "./build-console.mjs";
import { findNode, installFromLockFile, isClone, root, runInPlace } from "./set-up.mjs";

/** Commands that end in a server. */
const SERVING = new Set(["demo", "watch"]);

if (isClone()) {
  installFromLockFile();
  if (SERVING.has(process.argv[2]) && !process.argv.includes("--no-console")) buildConsole();
}

const program = join(root, isClone() ? "src/main.ts" : "dist/src/main.js");
const node = findNode();

// Half of a start would go into compiling what was compiled the time before.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "node-compile-cache");

if (node === process.execPath) {
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
} else {
  runInPlace(node, ["--disable-warning=ExperimentalWarning", program, ...process.argv.slice(2)]);
}
