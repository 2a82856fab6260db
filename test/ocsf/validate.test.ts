import { describe, expect, test } from "vitest";
import { createEvent } from "../../src/pipeline/conform/ocsf.ts";
import { schema as loaded } from "./schema.ts";
import { validateEvent } from "./validate.ts";

const product = { name: "Gate", vendor_name: "Example" };
const time = 1_774_008_000_000;

describe.skipIf(loaded === undefined)("OCSF schema (skipped where ../shared/ocsf is absent)", () => {
  const schema = loaded!;
  const valid = () => createEvent(4001, 6, { product, time }, { src_endpoint: { ip: "192.0.2.1", port: 4711 }, traffic: { bytes_out: 12 } });

  test("knows the classes the product emits", () => {
    expect(schema.version).toBe("1.8.0");
    expect([1001, 1007, 2004, 3002, 4001, 4002, 4003, 6003].map((uid) => schema.classes.get(uid)?.caption)).not.toContain(undefined);
  });

  test("passes a valid event", () => {
    expect(validateEvent(schema, valid())).toEqual([]);
  });

  test.each([
    ["wrong type id", { type_uid: 400101 }, "type_uid"],
    ["wrong category", { category_uid: 6 }, "category_uid"],
    ["activity outside the enum", { activity_id: 77, type_uid: 400177 }, "activity_id"],
    ["activity name of another id", { activity_name: "Open" }, "activity_name"],
    ["missing required attribute", { severity_id: undefined }, "severity_id"],
    ["unknown attribute", { colour: "red" }, "colour"],
    ["text where a number belongs", { time: "now" }, "time"],
    ["bad address", { src_endpoint: { ip: "nowhere" } }, "src_endpoint.ip"],
    ["port out of range", { src_endpoint: { port: 70_000 } }, "src_endpoint.port"],
    ["unknown nested attribute", { traffic: { bytes_up: 1 } }, "traffic.bytes_up"],
    ["no end point at all", { src_endpoint: undefined }, ""],
    ["profile attribute without the profile", { device: { type_id: 0, hostname: "ws-1" } }, "device"],
    ["enum value outside", { status_id: 7 }, "status_id"],
  ])("reports: %s", (_name, change, path) => {
    expect(validateEvent(schema, { ...valid(), ...change }).map((problem) => problem.path)).toContain(path);
  });

  test.each([
    ["host", { device: { type_id: 0, hostname: "ws-1" } }],
    ["security_control", { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" }],
    ["network_proxy", { proxy_endpoint: { ip: "192.0.2.9" } }],
  ])("an event that uses the profile %s declares it", (profile, fields) => {
    const event = createEvent(4001, 6, { product, time }, { src_endpoint: { ip: "192.0.2.1" }, ...fields });
    expect(event.metadata.profiles).toEqual([profile]);
    expect(validateEvent(schema, event)).toEqual([]);
  });

  test("where the class itself has the attribute no profile is declared", () => {
    const event = createEvent(6003, 1, { product, time }, { actor: { user: { name: "alice" } }, api: { operation: "repo.create" }, src_endpoint: { ip: "192.0.2.1" } });
    expect(event.metadata.profiles).toBeUndefined();
    expect(validateEvent(schema, event)).toEqual([]);
  });
});
