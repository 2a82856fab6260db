/** Who may suppress what over the API, for how long, and what is told of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";
import type { ActionItem, IncidentItem, Output, SuppressionItem } from "../pipeline/serve/contract.ts";

type Item = Output<typeof IncidentItem>;
type Suppression = Output<typeof SuppressionItem> & { code?: string };

const DAY_MS = 86_400_000;
let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(3);
}, 60_000);
afterAll(() => company.close());

const list = async (query = ""): Promise<Item[]> =>
  (await company.json<{ items: Item[] }>(`/api/v1/incidents${query}`)).items;
async function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<[number, Suppression]> {
  const response = await company.send("POST", path, body, headers);
  return [response.status, (await response.json()) as Suppression];
}
const create = (body: unknown, headers: Record<string, string> = {}) => send("/api/v1/suppressions", body, headers);
const name = ({ actors }: Item): string => actors.find((each) => each.includes("@")) ?? (actors[0] as string);

test("an incident is suppressed and told again, with its notes, its counts and its place in the queue", async () => {
  const before = await list();
  const victim = before[0] as Item;
  const preview = await (await company.send("POST", "/api/v1/suppression-preview", { user: name(victim) })).json();
  expect(preview).toMatchObject({
    vanishing: 1,
    incidents: [{ uid: victim.uid, effect: "vanishes", new_risk_score: null }],
  });
  const [status, made] = await create({ user: name(victim), reason: "a drill", incident: victim.uid });
  expect([status, made]).toEqual([201, expect.objectContaining({ state: "active", owner: "mara", kind: "user" })]);
  expect((await list()).map(({ uid }) => uid)).toEqual(before.slice(1).map(({ uid }) => uid));
  expect((await list("?state=suppressed")).map(({ uid, state }) => [uid, state])).toEqual([[victim.uid, "suppressed"]]);
  const counts = await company.json<{ total: number; states: Record<string, number> }>("/api/v1/incident-counts");
  expect(counts).toMatchObject({ total: before.length - 1, states: { open: before.length - 1, suppressed: 1 } });
  const detail = await company.json<Item & { actions: Output<typeof ActionItem>[] }>(`/api/v1/incidents/${victim.uid}`);
  expect(detail).toMatchObject({
    state: "suppressed",
    actions: [{ kind: "suppress", actor: "mara", text: "a drill" }],
  });

  const end = `/api/v1/suppressions/${made.uid}/end`;
  expect((await send(end, { withdraw: true }, { "if-match": '"old"' }))[0]).toBe(412);
  expect(await send(end, { withdraw: true }, { "if-match": `"${made.etag}"` })).toEqual([
    200,
    expect.objectContaining({ state: "withdrawn", findings: 0, ended_by: "mara" }),
  ]);
  expect((await send(end, { withdraw: true }))[0]).toBe(412);
  expect((await list()).map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
});

test("analysts suppress for thirty days, engineers for a year, viewers not at all", async () => {
  const as = async (role: "viewer" | "analyst" | "engineer") => ({
    authorization: `Bearer ${await company.server.access.createToken(role, role)}`,
  });
  const body = (days: number) => ({ user: "nobody", reason: "x", until: Date.now() + days * DAY_MS });
  expect((await create(body(1), await as("viewer")))[0]).toBe(403);
  expect((await create(body(30), await as("analyst")))[0]).toBe(201);
  expect(await create(body(31), await as("analyst"))).toEqual([
    403,
    expect.objectContaining({ code: "auth.forbidden" }),
  ]);
  expect((await create(body(365), await as("engineer")))[0]).toBe(201);
  expect((await create(body(400), await as("engineer")))[0]).toBe(400);
});

test("what is no suppression is refused", async () => {
  for (const body of [
    {},
    { reason: "x" },
    { user: "*", reason: "x" },
    { user: "a" },
    { user: "a", reason: "  " },
    { user: "a", reason: "x", until: -1 },
    { user: "a", reason: "x", from: Date.now() + 90 * DAY_MS },
    { user: "a", reason: "x", incident: "zz" },
    { user: "a", reason: "x", colour: "red" },
    { user: "a".repeat(501), reason: "x" },
  ])
    expect((await create(body))[0], JSON.stringify(body).slice(0, 60)).toBe(400);
  expect((await create({ user: "a", reason: "x", incident: "ffffffff" }))[0]).toBe(404);
  expect((await send("/api/v1/suppressions/ffffffff/end", {}))[0]).toBe(404);
});

test("what people confirmed is hidden only when it is said so", async () => {
  const victim = (await list())[0] as Item;
  await company.send("POST", `/api/v1/incidents/${victim.uid}/actions`, { kind: "close", disposition: "tp-policy" });
  expect((await create({ user: name(victim), reason: "x" }))[0]).toBe(400);
  const [status, made] = await create({ user: name(victim), reason: "x", confirmed: true });
  expect(status).toBe(201);
  expect((await list("?state=closed")).map(({ uid }) => uid)).not.toContain(victim.uid);
  await send(`/api/v1/suppressions/${made.uid}/end`, { withdraw: true });
  expect((await list("?state=closed")).map(({ uid }) => uid)).toContain(victim.uid);
});

test("two at once hide what both speak of; the end of one leaves what the other covers", async () => {
  const before = await list("?state=open");
  const victim = before[0] as Item;
  const [one, other] = (
    await Promise.all([
      create({ user: name(victim), reason: "one", confirmed: true }),
      create({ user: name(victim), reason: "other", confirmed: true }),
    ])
  ).map(([, made]) => made) as [Suppression, Suppression];
  await send(`/api/v1/suppressions/${one.uid}/end`, { withdraw: true });
  expect((await list()).map(({ uid }) => uid)).not.toContain(victim.uid);
  await send(`/api/v1/suppressions/${other.uid}/end`, { withdraw: true });
  expect((await list("?state=open")).map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
});
