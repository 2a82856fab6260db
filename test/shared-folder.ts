/** A folder that the tests of one run share: vitest.config.ts names it, whoever needs it makes it, and at the end it is removed. */
import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";

export default function removeAtTheEnd({ config }: TestProject): () => void {
  return () => rmSync(config.env["SALLYPORT_TEST_SHARED"] as string, { recursive: true, force: true });
}
