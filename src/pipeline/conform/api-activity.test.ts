import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  operationActivity,
  sourceEndpoint,
  unmappedRest,
  visibilityOf,
} from "./api-activity.ts";

test.each([
  ["repo.create", 1],
  ["org.add_member", 1],
  ["CreateRepository", 1],
  ["git.clone", 2],
  ["repository_download_operation", 2],
  ["project_export_created", 1],
  ["project_export_file_download_started", 2],
  ["repo.access", 3],
  ["project_visibility_level_updated", 3],
  ["repository.publicized", 3],
  ["Git.RepositoryRenamed", 3],
  ["protected_branch.destroy", 4],
  ["deploy_key_removed", 4],
  ["git.push", 99],
  ["", 99],
])("%s is activity %i", (operation, activity) => {
  expect(operationActivity(operation)).toBe(activity);
});

test("any operation name is some activity, and the same one each time", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (name) => {
      const activity = operationActivity(name);
      expect([1, 2, 3, 4, 99]).toContain(activity);
      expect(operationActivity(name)).toBe(activity);
    }),
  );
});

test("an end point without an address still has a name", () => {
  expect(sourceEndpoint(undefined, "DE")).toEqual({ name: "unknown", location: { country: "DE" } });
  expect(sourceEndpoint("192.0.2.7")).toEqual({ ip: "192.0.2.7" });
});

test("an actor nobody names is an unknown application, with the session that is known", () => {
  expect(apiActor({ type_id: 1 }, "hash")).toEqual({ app_name: "unknown", session: { credential_uid: "hash" } });
  expect(apiActor({ name: "ana" })).toEqual({ user: { name: "ana" } });
});

test("the rest of a record is its own keys without those placed, the values themselves", () => {
  const record = JSON.parse('{"a":{"b":1},"c":2,"__proto__":{"polluted":true}}') as object;
  const rest = unmappedRest(record, new Set(["c"]));
  expect(Object.keys(rest)).toEqual(["a"]);
  expect(rest["a"]).toBe((record as Record<string, unknown>)["a"]);
  expect(rest["polluted"]).toBeUndefined();
});

test.each([
  [undefined, true, { visibility: "public", repository_public: true }],
  [undefined, false, { visibility: "private", repository_public: false }],
  ["internal", undefined, { visibility: "internal", repository_public: false }],
  ["public", false, { visibility: "public", repository_public: true }],
  [undefined, undefined, {}],
])("visibility %j and public %j", (visibility, isPublic, expected) => {
  const unmapped: Record<string, unknown> = {};
  noteVisibility(unmapped, visibility, isPublic);
  expect(unmapped).toEqual(expected);
});

test("visibilities of every product read the same", () => {
  expect(["Public", "private", "INTERNAL", 20, 0, "secret", null].map(visibilityOf)).toEqual([
    "public",
    "private",
    "internal",
    "public",
    "private",
    undefined,
    undefined,
  ]);
});

test("only an e-mail address is one", () => {
  expect(emailAddress("ana@acme.example")).toBe("ana@acme.example");
  expect([
    emailAddress("ana"),
    emailAddress("ana@acme"),
    emailAddress(undefined),
    emailAddress("a b@acme.example"),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});
