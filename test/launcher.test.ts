/** bin/ hands over what a program expects of the place it runs in: streams, exit code, signals, and an end when it is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const setUp = fileURLToPath(new URL("../bin/set-up.mjs", import.meta.url));

function launch(...args: string[]) {
  return spawn(process.execPath, [setUp, ...args], { stdio: ["pipe", "pipe", "pipe"] });
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

test("arguments, standard input and the exit code", async () => {
  const child = launch(
    "node",
    "-e",
    "process.stdin.pipe(process.stdout); console.log(process.argv.slice(1)); process.exitCode = 3",
    "a b",
    "--c",
  );
  child.stdin.end("from standard input");
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect(output).toBe("[ 'a b', '--c' ]\nfrom standard input");
  expect(errors).toBe("");
  expect(code).toBe(3);
});

test("a Node that runs TypeScript comes first on the path", async () => {
  const child = launch("node", "-e", "console.log(require('child_process').execSync('node --version').toString())");
  expect(Number.parseInt((await text(child.stdout)).slice(1), 10)).toBeGreaterThanOrEqual(24);
});

test("a command that is none of the dependencies'", async () => {
  const child = launch("no-such-command");
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(errors).toContain("no command no-such-command");
  expect(code).toBe(69);
});

test("signals reach the program, and its end by one is passed on", async () => {
  const handled = launch(
    "node",
    "-e",
    "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')",
  );
  await once(handled.stdout, "data");
  handled.kill("SIGTERM");
  expect(await once(handled, "exit")).toEqual([9, null]);

  const fatal = launch("node", "-e", "setInterval(() => {}, 1000); console.log('ready')");
  await once(fatal.stdout, "data");
  fatal.kill("SIGTERM");
  expect(await once(fatal, "exit")).toEqual([null, "SIGTERM"]);
});

test("a program does not outlive its launcher, however busy it is", async () => {
  const busy =
    "setTimeout(() => { const end = Date.now() + 20000; while (Date.now() < end); }, 300); console.log('ready')";
  const child = launch("node", "-e", busy);
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, 800));
  child.kill("SIGKILL");
  const killed = performance.now();
  // Its end of the pipe closes when it is gone.
  await text(child.stdout);
  expect(performance.now() - killed).toBeLessThan(5000);
});
