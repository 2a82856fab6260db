import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonObject } from "../../../model/activity.ts";
import { gitOperation, operationOf, visibilityChange } from "./gitlab-audit.ts";

const cases: readonly (readonly [
  name: string,
  entityType: string,
  details: JsonObject,
  message: string | JsonObject | undefined,
  operation: string,
])[] = [
  [
    "a change of a project's visibility",
    "Project",
    { change: "visibility" },
    undefined,
    "project_visibility_level_updated",
  ],
  ["a change of a group's visibility", "Group", { change: "visibility" }, undefined, "group_visibility_level_updated"],
  ["a change no table names", "Project", { change: "Merge method" }, undefined, "project_merge_method_updated"],
  ["something added", "Project", { add: "deploy_key" }, undefined, "deploy_key_added"],
  ["something removed", "User", { remove: "ssh_key" }, undefined, "remove_ssh_key"],
  ["a sign-in", "User", { with: "standard" }, undefined, "authenticated_with_password"],
  ["a failed sign-in", "User", { failed_login: "STANDARD" }, undefined, "login_failed_with_standard_authentication"],
  ["a git operation", "Project", {}, { action: "git-upload-pack" }, "repository_git_operation"],
  ["a message that tells", "Project", {}, "Repository Download Started", "repository_download_operation"],
  ["a message that does not", "Project", {}, "Something happened to ana", "audit_event"],
  ["nothing", "", {}, undefined, "audit_event"],
];

test.each(cases)("%s", (_name, entityType, details, message, operation) => {
  expect(operationOf(entityType, details, message)).toBe(operation);
});

const types = new URL("../../../../../shared/logs/gitlab_audit_event_types.txt", import.meta.url);

test.skipIf(!existsSync(types))(
  "names of tables are names of GitLab's own list (skipped where ../shared is absent)",
  () => {
    const listed = new Set(
      readFileSync(types, "utf8")
        .split("\n")
        .map((line) => line.split("\t")[0]),
    );
    const named = cases
      .map(([, , , , operation]) => operation)
      .filter((operation) => operation !== "audit_event" && operation !== "project_merge_method_updated");
    expect(named.filter((operation) => !listed.has(operation))).toEqual([]);
  },
);

test.each([
  [{ action: "git-receive-pack" }, "push"],
  [{ action: "git-upload-pack", verb: "clone" }, "clone"],
  [{ action: "git-upload-pack", verb: "pull" }, "fetch"],
  [{ action: "other" }, undefined],
  ["git-receive-pack", undefined],
])("direction of %j is %s", (message, direction) => {
  expect(gitOperation(message)).toBe(direction);
});

test("old and new visibility, from the change or from the message", () => {
  expect(visibilityChange({ change: "visibility", from: "Private", to: "Public" }, undefined)).toEqual({
    from: "Private",
    to: "Public",
  });
  expect(visibilityChange({}, "Changed visibility from Internal to Public")).toEqual({
    from: "Internal",
    to: "Public",
  });
  expect(visibilityChange({ change: "name" }, "Changed name from a to b")).toBeUndefined();
});
