/** docs/errors.md explains every error code, in the order of the code. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../src/model/errors.ts";

test("every error code has its heading in docs/errors.md, and no other stands there", () => {
  const text = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  expect(headings).toEqual(Object.keys(ERROR_CODES));
});
