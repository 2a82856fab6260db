/** The console in a browser, on the real server with the incidents of an invented company. */
import { afterAll, beforeAll, describe } from "vitest";
import { findBrowser, NO_BROWSER } from "./browser.ts";
import { comfortTests } from "./comfort.ts";
import { hostileTests } from "./hostile-fields.ts";
import { liveTests } from "./live.ts";
import { pageTests } from "./pages.ts";
import { searchTests } from "./search.ts";
import { Setting } from "./setting.ts";
import { triageTests } from "./triage.ts";

const has = findBrowser() !== null;
if (!has) console.warn(`skipped: ${NO_BROWSER}`);

describe.skipIf(!has)("the console", () => {
  const given = new Setting();
  beforeAll(() => given.start(), 120_000);
  afterAll(() => given.stop());

  pageTests(given);
  comfortTests(given);
  searchTests(given);
  triageTests(given);
  liveTests(given);
  hostileTests(given);
});
