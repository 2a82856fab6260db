/** Sources that ask, from their settings: each is made, asks where and how the settings say, and tells what is missing. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfiguration } from "../content/configuration/index.ts";
import type { PollerSettings } from "../content/configuration/pollers.ts";
import { fakePorts, until } from "../pipeline/collect/sources/testing.ts";
import { createPoller } from "./watch-pollers.ts";

let folder: string;
let server: Server;
let url: string;
let asked: IncomingMessage[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-watch-pollers-"));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    response.end(request.url?.includes("list-type") === true ? "<ListBucketResult></ListBucketResult>" : "[]");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function settings(source: string): PollerSettings {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, `sources:\n  - { id: a, url: "${url}", ${source} }\n`);
  const { configuration, problems } = readConfiguration(file);
  expect(problems).toEqual([]);
  return configuration?.sources[0] as PollerSettings;
}

test.each([
  [
    "type: github-audit-log, enterprise: acme, token_file: token, include: git, phrase: 'action:git.push'",
    /^\/enterprises\/acme\/audit-log\?phrase=created%3A%3E%3D[^&]+\+action%3Agit\.push&include=git&/,
    ["authorization", "Bearer t0ken"],
  ],
  [
    "type: gitlab-audit-events, project: acme/app, token_file: token",
    /^\/api\/v4\/projects\/acme%2Fapp\/audit_events\?created_after=/,
    ["private-token", "t0ken"],
  ],
  ["type: gitlab-audit-events, token_file: token", /^\/api\/v4\/audit_events\?/, ["private-token", "t0ken"]],
  [
    "type: okta-system-log, token_file: token, filter: 'eventType sw \"user.\"'",
    /^\/api\/v1\/logs\?since=.*&filter=/,
    ["authorization", "SSWS t0ken"],
  ],
  ["type: okta-system-log, token_file: token, scheme: Bearer", /^\/api\/v1\/logs/, ["authorization", "Bearer t0ken"]],
  [
    "type: s3, bucket: logs, prefix: p/, access_key_id_file: token, secret_access_key_file: token, session_token_file: token",
    /^\/logs\?encoding-type=url&list-type=2&max-keys=1000&prefix=p%2F$/,
    ["x-amz-security-token", "t0ken"],
  ],
  ["type: s3, bucket: logs, region: eu-west-1", /^\/logs\?/, ["authorization", undefined]],
])("%s", async (source, address, [name, value]) => {
  writeFileSync(join(folder, "token"), "t0ken\n", { mode: 0o600 });
  const poller = createPoller(settings(source), fakePorts());
  await poller.start();
  await until(() => asked.length > 0);
  await poller.stop();
  expect(asked[0]!.url).toMatch(address);
  expect(asked[0]!.headers[name ?? ""]).toBe(value);
});

test.each([
  "type: github-audit-log, organization: acme, token_file: nothing",
  "type: s3, bucket: logs, access_key_id_file: nothing, secret_access_key_file: nothing",
])("a secret that is missing keeps it from starting: %s", async (source) => {
  const poller = createPoller(settings(source), fakePorts());
  await expect(poller.start()).rejects.toThrow(/nothing: there is no such file: write the secret into it/);
});
