/** `rule new` makes detections that are sound as they are, and never writes over one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../model/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { checkRules } from "./rule-check.ts";
import { LOGSOURCES, newRule, type NewRuleOptions } from "./rule-new.ts";
import { testRules } from "./rule-test.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "rule-new-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let text = "";
const terminal: Terminal = {
  ...openTerminal({ color: false, quiet: true }),
  line: (line = "") => void (text += `${line}\n`),
  write: (more) => {
    text += more;
    return Promise.resolve();
  },
};
const make = async (name: string, options: NewRuleOptions = {}): Promise<string> => {
  expect(await newRule(terminal, join(root, name), options)).toBe(EXIT.done);
  return readFileSync(join(root, name, "rule.yml"), "utf8");
};

describe("as it is made", () => {
  test.each(LOGSOURCES)("%s passes rule check", async (logsource) => {
    const name = logsource.replaceAll(/[^a-z]/g, "-");
    const rule = await make(name, { logsource, behaviour: "side-channel-upload" });
    expect(rule).toMatch(/^id: [\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/m);
    expect(readdirSync(join(root, name, "examples")).map((file) => file.split("-", 1)[0])).toEqual(["fires", "quiet"]);
    text = "";
    expect(await checkRules(terminal, [join(root, name)], { output: "json" })).toBe(EXIT.done);
    expect(JSON.parse(text)).toEqual([]);
  });

  test("all of them pass rule test", async () => {
    text = "";
    const code = await testRules(terminal, [root], {});
    expect(text.match(/^ok/gm)).toHaveLength(2 * LOGSOURCES.length);
    expect([code, text.match(/^failed.*/gm)]).toEqual([EXIT.done, null]);
  });
});

test.each(["Yes", "a: b # c", "'quoted' \"twice\" \\", "- x", "ünïcode — [x] {y}", "null"])(
  "the title %s stays what it is",
  async (title) => {
    const name = `title-${Buffer.from(title).toString("hex").slice(0, 20)}`;
    await make(name, { title });
    text = "";
    await checkRules(terminal, [join(root, name)], { output: "json" });
    expect(JSON.parse(text)).toEqual([]);
    const { parse } = await import("yaml");
    expect((parse(readFileSync(join(root, name, "rule.yml"), "utf8")) as { title: unknown }).title).toBe(title);
  },
);

test("ids differ, and the title comes from the name", async () => {
  const [first, second] = [await make("wiki-push"), await make("wiki-pull")];
  expect(first).toContain("title: Wiki push\n");
  expect(/^id: .*$/m.exec(first)?.[0]).not.toBe(/^id: .*$/m.exec(second)?.[0]);
});

test("nothing is written over", async () => {
  await make("mine");
  writeFileSync(join(root, "mine", "rule.yml"), "kept");
  await expect(newRule(terminal, join(root, "mine"), {})).rejects.toThrow("is there already");
  expect(readFileSync(join(root, "mine", "rule.yml"), "utf8")).toBe("kept");
});

test.each<[string, NewRuleOptions, string]>([
  ["Bad Name", {}, "no name for a detection"],
  ["good", { logsource: "aws/cloudtrails" }, "no template"],
  ["good", { logsource: "constructor" }, "no template"],
  ["good", { behaviour: "exfiltration" }, "no behaviour"],
  ["good", { title: "two\nlines" }, "one line"],
  ["good", { title: " " }, "one line"],
])("%s %j is refused", async (name, options, reason) => {
  const refused = newRule(terminal, join(root, name), options);
  await expect(refused).rejects.toThrow(reason);
  await expect(refused).rejects.toBeInstanceOf(UsageError);
});
