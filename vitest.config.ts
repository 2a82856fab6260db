import { defineConfig } from "vitest/config";

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
    // Whole-product tests start real processes and an embedded database.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: "forks",
  },
});
