import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventOfKeys } from "./github-webhook-events.ts";

const samples = new URL("../../../../../shared/logs/github/webhook/", import.meta.url);

test.skipIf(!existsSync(samples))(
  "names the event of every sample payload by its keys alone (skipped where ../shared is absent)",
  () => {
    const files = readdirSync(samples).filter((file) => file.endsWith(".json"));
    const wrong = files.filter((file) => {
      const payload = JSON.parse(readFileSync(new URL(file, samples), "utf8")) as Parameters<typeof eventOfKeys>[0];
      return eventOfKeys(payload) !== /^octokit_(.*?)__/.exec(file)?.[1];
    });
    expect(wrong).toEqual([]);
  },
);

test.each([
  [{ action: "created", forum: 1 }, undefined],
  [{ repository: {}, sender: {} }, "public"],
  [{ action: "push", repository: {} }, "push"],
  [{ action: "edited", repository: {}, changes: { from: { security_and_analysis: {} } } }, "security_and_analysis"],
  [{ action: "created", alert: { secret_type: "x" } }, "secret_scanning_alert"],
  [{ action: "created", alert: {}, location: {} }, "secret_scanning_alert_location"],
  [{}, undefined],
])("%j is %s", (payload, event) => {
  expect(eventOfKeys(payload)).toBe(event);
});
