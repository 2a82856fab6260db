/** Signed deliveries: the right ones once, the others not at all. */
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { DeliverySource } from "./delivery-receiver.ts";
import { createGithubWebhookSource, type GithubWebhookSourceOptions } from "./github-webhook.ts";
import { createGitlabAuditStreamSource } from "./gitlab-audit-stream.ts";
import { FakeCheckpoints, fakePorts, running } from "./testing.ts";

const SECRET = "It's a Secret to Everybody";

function open(
  options: Partial<GithubWebhookSourceOptions> = {},
  checkpoints = new FakeCheckpoints(),
  now?: () => number,
) {
  const ports = fakePorts(checkpoints, now);
  return {
    ports,
    source: createGithubWebhookSource({ id: "hooks", listen: "127.0.0.1:0", secret: SECRET, ...options }, ports),
  };
}

async function send(source: DeliverySource, body: string, headers: Record<string, string> = {}, secret = SECRET) {
  const response = await fetch(`http://127.0.0.1:${source.address!.port}/`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": crypto.randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      ...headers,
    },
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

describe("GitHub webhooks", () => {
  test("a delivery is stored as its map reads it, then acknowledged", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
      const answer = await send(source, '{"ref":"refs/heads/main",\n"n":12345678901234567890}', {
        "x-github-delivery": id,
      });
      expect(answer).toEqual({ status: 202, body: { status: "stored" } });
      expect(ports.intake.lines[0]).toContain('"body":{"ref":"refs/heads/main", "n":12345678901234567890}}');
      expect(JSON.parse(ports.intake.lines[0]!)).toMatchObject({
        headers: { "x-github-event": "push", "x-github-delivery": id },
        received_at: expect.any(String),
      });
      const form = `payload=${encodeURIComponent('{"a":"b c"}')}`;
      const type = { "content-type": "application/x-www-form-urlencoded" };
      expect((await send(source, form, type)).status).toBe(202);
      expect(JSON.parse(ports.intake.lines[1]!)).toMatchObject({ body: { a: "b c" } });
    });
    expect(ports.intake.batches[0]).toMatchObject({ source: "github-webhook", stream: "hooks", firstLine: 1 });
  });

  test.each([
    ["another secret", {}, 401, "x"],
    ["no signature", { "x-hub-signature-256": "" }, 401],
    ["a short one", { "x-hub-signature-256": "sha256=00" }, 401],
    ["the older kind", { "x-hub-signature-256": "", "x-hub-signature": "sha1=00" }, 401],
    ["no event", { "x-github-event": "" }, 400],
    ["an event with line ends in disguise", { "x-github-event": "push\t" + "x" }, 400],
    ["a compressed body", { "content-encoding": "gzip" }, 415],
  ])("%s is refused", async (_, headers: Record<string, string>, status, secret = SECRET) => {
    const { ports, source } = open();
    await running(source, async () => {
      expect((await send(source, '{"a":1}', headers, secret)).status).toBe(status);
      expect((await send(source, '{"a":1}')).status).toBe(202);
    });
    expect(ports.intake.lines).toHaveLength(1);
  });

  test("a changed body, no JSON, and a ping", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      const signature = `sha256=${createHmac("sha256", SECRET).update('{"a":1}').digest("hex")}`;
      expect((await send(source, '{"a":2}', { "x-hub-signature-256": signature })).status).toBe(401);
      expect((await send(source, "[1]")).status).toBe(400);
      expect((await send(source, '{"zen":"x"}', { "x-github-event": "ping" })).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${source.address!.port}/`)).status).toBe(405);
    });
    expect(ports.intake.lines).toEqual([]);
  });

  test("the same body counts once: under another id, as another event, at once, after a restart; not after the horizon", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const checkpoints = new FakeCheckpoints();
    const one = open({}, checkpoints, () => now);
    await running(one.source, async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(one.source, '{"a":1}')));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
      expect(answers.every(({ status }) => status === 202 || status === 200)).toBe(true);
      expect(await send(one.source, '{"a":1}', { "x-github-event": "public" })).toMatchObject({ status: 200 });
      expect((await send(one.source, '{"a":2}')).status).toBe(202);
    });
    expect(one.ports.intake.lines).toHaveLength(2);
    now += 6 * 86_400_000;
    const two = open({}, checkpoints, () => now);
    await running(two.source, async () => {
      expect((await send(two.source, '{"a":1}')).status).toBe(200);
      now += 2 * 86_400_000;
      await send(two.source, '{"a":3}');
      expect((await send(two.source, '{"a":1}')).status).toBe(202);
    });
    expect(two.ports.intake.lines).toHaveLength(2);
  });

  test("the sender waits for the store; what it cannot wait for is a gap, and may come again", async () => {
    const { ports, source } = open({ patienceMs: 150 });
    await running(source, async () => {
      ports.intake.mood = "busy";
      const pending = send(source, '{"a":1}');
      await sleep(60);
      ports.intake.mood = "stores";
      expect((await pending).status).toBe(202);
      ports.intake.mood = "busy";
      expect((await send(source, '{"a":2}', { "x-github-delivery": "the-id" })).status).toBe(503);
      expect(source.health()).toMatchObject({
        received: 1,
        dropped: 1,
        gaps: [{ reason: expect.stringContaining("the-id") }],
      });
      ports.intake.mood = "stores";
      expect((await send(source, '{"a":2}')).status).toBe(202);
    });
    expect(ports.intake.lines).toHaveLength(2);
  });

  test("a push too large for a line keeps its first commits", async () => {
    const { ports, source } = open();
    const commit = { id: "x".repeat(40), message: "y".repeat(5_000) };
    const body = JSON.stringify({ ref: "refs/heads/main", commits: Array.from({ length: 2_000 }, () => commit) });
    await running(source, async () => {
      expect((await send(source, body)).status).toBe(202);
      expect((await send(source, JSON.stringify({ a: "x".repeat(5 << 20) }))).status).toBe(400);
    });
    expect((JSON.parse(ports.intake.lines[0]!) as { body: { commits: unknown[] } }).body.commits).toHaveLength(200);
  });

  test("no secret is a mistake in the configuration", async () => {
    await expect(open({ secret: "" }).source.start()).rejects.toThrow(/needs a secret/);
  });
});

test("GitLab's audit events are taken with the right token, once", async () => {
  const ports = fakePorts();
  const source = createGitlabAuditStreamSource({ id: "gitlab", listen: "127.0.0.1:0", token: "token-1" }, ports);
  await running(source, async () => {
    const event = '{"id":"f1a2","author_id":1,"entity_path":"acme/app",\n"event_type":"repository_git_operation"}';
    const right = { "x-gitlab-event-streaming-token": "token-1" };
    expect((await send(source, event, { "x-gitlab-event-streaming-token": "token-2" })).status).toBe(401);
    expect((await send(source, event)).status).toBe(401);
    expect((await send(source, event, right)).status).toBe(202);
    expect((await send(source, event, right)).status).toBe(200);
    expect((await send(source, "[]", right)).status).toBe(400);
  });
  expect(ports.intake.lines).toEqual([
    '{"id":"f1a2","author_id":1,"entity_path":"acme/app", "event_type":"repository_git_operation"}',
  ]);
  expect(ports.intake.batches[0]!.source).toBe("gitlab-audit");
});
