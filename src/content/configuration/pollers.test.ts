import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfiguration } from "./index.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-pollers-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(source: string) {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, `sources:\n  - { id: a, ${source} }\n`);
  const { configuration, problems } = readConfiguration(file);
  return {
    source: configuration?.sources[0],
    problems: problems.map(({ message }) => message.slice(folder.length + 1)),
  };
}

test.each([
  ["type: github-audit-log, token_env: T", /name an enterprise or an organization/],
  ["type: github-audit-log, organization: acme, enterprise: acme, token_env: T", /one of the two/],
  ["type: github-audit-log, organization: acme", /write token_file or token_env/],
  ["type: github-audit-log, organization: acme, token: ghp_x", /unknown key "token"/],
  ["type: github-audit-log, organization: acme, token_env: T, url: api.github.com", /write an address such as/],
  [
    "type: github-audit-log, organization: acme, token_env: T, url: 'https://u:p@api.example'",
    /write an address such as/,
  ],
  ["type: gitlab-audit-events, group: a, project: b, token_env: T", /name a group or a project/],
  ["type: okta-system-log, token_env: T", /url: is missing/],
  ["type: s3, bucket: b/c", /write the name of a bucket/],
  ["type: s3, bucket: logs, look_back: 30d", /at most 7d/],
  ["type: s3, bucket: logs, access_key_id_env: A", /goes with its secret/],
])("%s", (source, message) => {
  expect(read(source).problems[0]).toMatch(message);
});

test("files are relative to the file they stand in, spans are ms", () => {
  const { source, problems } = read(
    "type: github-audit-log, enterprise: acme, token_file: github.token, ca_file: ca.pem, url: 'https://ghe.acme.example/api/v3', overlap: 30m",
  );
  expect(problems).toEqual([]);
  expect(source).toEqual({
    id: "a",
    type: "github-audit-log",
    enterprise: "acme",
    token_file: join(folder, "github.token"),
    ca_file: join(folder, "ca.pem"),
    url: "https://ghe.acme.example/api/v3",
    overlap: 1_800_000,
  });
});
