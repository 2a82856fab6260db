import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/**
 * Whole-product tests that take long: kills, browsers, every evasion, every order of files, every story in every log. `npm test`
 * leaves them to `npm run test:all`, which is what `.ci/run` calls; named on the command line they run as well.
 */
const LONG = [
  "test/console/*.test.ts",
  "test/deploy.test.ts",
  "test/evasions.test.ts",
  "test/incremental.test.ts",
  "test/kill.test.ts",
  "test/long-story.test.ts",
  "test/notify.test.ts",
  "test/order.test.ts",
  "test/real-programs.test.ts",
  "test/soak.test.ts",
  "test/suppress.test.ts",
  "test/upkeep.test.ts",
  "test/visibility.test.ts",
];
const all =
  process.env.SALLYPORT_TESTS === "all" ||
  process.argv.slice(2).some((word) => word.includes("test/") || word.includes("detections"));

const EVERYWHERE = [
  "src/**/*.test.ts",
  "detections/**/*.test.ts",
  "catalogue/**/*.test.ts",
  "demo/**/*.test.ts",
  "test/**/*.test.ts",
  "console/src/**/*.test.ts",
];
/** Tests of what goes on by itself, servers, engines and notifiers: each file has a process of its own, which ends with it. */
const ALONE = [
  "src/backend/*.test.ts",
  "src/commands/*.test.ts",
  "src/pipeline/*.test.ts",
  "src/pipeline/notify/*.test.ts",
  "test/*.test.ts",
  "test/console/*.test.ts",
];
const exclude = [...configDefaults.exclude, ...(all ? [] : LONG)];

/** Files that take longest: begun first, lest one worker idles while the other ends. */
const FIRST = [
  "src/pipeline/notify/notifier.test.ts",
  "test/watch.test.ts",
  "src/pipeline/live.test.ts",
  "test/idempotence.test.ts",
  "test/command-line.test.ts",
  "src/pipeline/collect/sources/hostile-clients.test.ts",
  "detections/examples-",
  "src/pipeline/detect/correlate/correlate.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]): ReturnType<BaseSequencer["sort"]> {
    const place = ({ moduleId, project }: (typeof files)[number]): number => {
      const index = FIRST.findIndex((part) => moduleId.includes(part));
      // A process that files share ends where one comes that shares none: those come before.
      return (project.config.isolate ? 0 : FIRST.length + 1) + (index === -1 ? FIRST.length : index);
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

/**
 * Stores are thrown away after a test: in memory, where there is plenty of it, they cost no writes to a disk. Real programs of the
 * long tests may not be allowed there.
 */
function temporary(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    if (!all && process.env.TMPDIR === undefined && bavail * bsize > 4 * 2 ** 30) return "/dev/shm";
  } catch {
    // There is none.
  }
  return tmpdir();
}

/** Worker threads and processes that tests start read the same modules each time. */
const NODE_COMPILE_CACHE =
  process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, "node_modules/.cache/node-compile-cache");

export default defineConfig({
  test: {
    // Whole-product tests start real processes and an embedded database.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: {
      TMPDIR: temporary(),
      SALLYPORT_TESTS: all ? "all" : "",
      SALLYPORT_TEST_SHARED: join(temporary(), `sallyport-tests-${process.pid}`),
      NODE_COMPILE_CACHE,
    },
    globalSetup: "test/shared-folder.ts",
    sequence: { sequencer: LongestFirst },
    // A browser or another real program hangs once in a while on a busy machine; what fails twice fails.
    retry: all ? 1 : 0,
    maxWorkers: 2,
    pool: "forks",
    projects: [
      {
        extends: true,
        // Reading the modules anew for every file would take longer than most of these tests: files share a process, one after the
        // other, and leave it as they found it.
        test: { name: "shared", isolate: false, include: EVERYWHERE, exclude: [...exclude, ...ALONE] },
      },
      { extends: true, test: { name: "alone", include: ALONE, exclude } },
    ],
  },
});
