/** Changes that Open Directory makes on a Mac, from Endpoint Security -> Account Change (3001), Group Management (3006). */
import type { JsonObject, OcsfEvent, OcsfProcess, OcsfUser } from "../../../model/activity.ts";
import { outcomeStatus } from "../api-activity.ts";
import { object, text, textOf } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { personOf, processFrom } from "./macos-process.ts";

/** Changes of accounts in Open Directory -> activity of Account Change (3001). */
const ACCOUNT_CHANGES: ReadonlyMap<string, number> = new Map([
  ["od_create_user", 1],
  ["od_enable_user", 2],
  ["od_modify_password", 3],
  ["od_disable_user", 5],
  ["od_delete_user", 6],
]);

/** Changes of groups -> activity of Group Management (3006). */
const GROUP_CHANGES: ReadonlyMap<string, number> = new Map([
  ["od_group_add", 3],
  ["od_group_remove", 4],
  ["od_delete_group", 5],
  ["od_create_group", 6],
]);

/**
 * opendirectoryd reports it; who asked for it is the instigator.
 *
 * @returns undefined when the kind is no such change, or names neither account nor group
 */
export function directoryChange(
  kind: string,
  details: JsonObject,
  subject: EndpointSubject,
  reporter: { readonly user: OcsfUser | undefined; readonly process: OcsfProcess },
): OcsfEvent | undefined {
  const account = ACCOUNT_CHANGES.get(kind);
  const group = GROUP_CHANGES.get(kind);
  if (account === undefined && group === undefined) return undefined;
  const instigator = object(details, "instigator");
  const process = processFrom(instigator) ?? reporter.process;
  const actor = { user: personOf(object(instigator, "audit_token")) ?? reporter.user, process };
  const code = textOf(details, "error_code");
  const status = {
    ...outcomeStatus(code === undefined ? undefined : code === "0"),
    status_code: code === "0" ? undefined : code,
  };
  const name = text(details, "user_name") ?? text(details, "account_name");
  if (account !== undefined)
    return name === undefined
      ? undefined
      : endpointActivity(subject, 3001, account, { user: { name }, actor, ...status });
  const groupName = text(details, "group_name");
  const member = text(object(details, "member"), "member_value");
  return groupName === undefined
    ? undefined
    : endpointActivity(subject, 3006, group ?? 99, {
        group: { name: groupName },
        user: member === undefined ? undefined : { name: member },
        actor,
        ...status,
      });
}
