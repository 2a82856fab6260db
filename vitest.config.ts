import { configDefaults, defineConfig } from "vitest/config";

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
const all = process.env.SALLYPORT_TESTS === "all" || process.argv.slice(2).some((word) => word.includes("test/"));

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
    maxWorkers: 2,
    pool: "forks",
  },
});
