import { statfsSync } from "node:fs";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/**
 * Whole-product tests that take half a minute and more: kills, browsers, every evasion, every order of files. `npm test` leaves them
 * to `npm run test:all`, which is what `.ci/run` calls; named on the command line they run as well.
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
];
const all =
  process.env.SALLYPORT_TESTS === "all" ||
  process.argv.slice(2).some((word) => word.includes("test/") || word.includes("detections"));

/** Files that take longest: begun first, lest one worker idles while the other ends. */
const FIRST = [
  "test/idempotence.test.ts",
  "detections/examples-",
  "src/pipeline/notify/notifier.test.ts",
  "test/watch.test.ts",
  "src/pipeline/live.test.ts",
  "src/pipeline/detect/correlate/correlate.test.ts",
  "src/pipeline/conform/hostile.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]): ReturnType<BaseSequencer["sort"]> {
    const place = ({ moduleId }: (typeof files)[number]): number => {
      const index = FIRST.findIndex((part) => moduleId.includes(part));
      return index === -1 ? FIRST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

/**
 * Stores are thrown away after a test: in memory, where there is plenty of it, they cost no writes to a disk. Real programs of the
 * long tests may not be allowed there.
 */
function temporary(): Record<string, string> {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return !all && process.env.TMPDIR === undefined && bavail * bsize > 4 * 2 ** 30 ? { TMPDIR: "/dev/shm" } : {};
  } catch {
    return {};
  }
}

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "detections/**/*.test.ts",
      "catalogue/**/*.test.ts",
      "demo/**/*.test.ts",
      "test/**/*.test.ts",
      "console/src/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, ...(all ? [] : LONG)],
    // Whole-product tests start real processes and an embedded database.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { ...temporary(), SALLYPORT_TESTS: all ? "all" : "" },
    sequence: { sequencer: LongestFirst },
    // A browser or another real program hangs once in a while on a busy machine; what fails twice fails.
    retry: all ? 1 : 0,
    maxWorkers: 2,
    pool: "forks",
  },
});
