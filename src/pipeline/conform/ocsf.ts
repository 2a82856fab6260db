/**
 * The OCSF 1.8.0 classes that maps produce, and the one constructor for events.
 *
 * @see https://schema.ocsf.io/1.8.0/classes
 */
import type { OcsfEvent } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import { type EventFields, soundFields } from "./sound-fields.ts";

const CATEGORY_NAMES = {
  0: "Uncategorized",
  1: "System Activity",
  2: "Findings",
  3: "Identity & Access Management",
  4: "Network Activity",
  6: "Application Activity",
} as const;

/** Class uid -> caption and the activity captions in use. */
const CLASSES = {
  0: { name: "Base Event", activities: { 0: "Unknown", 99: "Other" } },
  1001: {
    name: "File System Activity",
    activities: {
      0: "Unknown",
      1: "Create",
      2: "Read",
      3: "Update",
      4: "Delete",
      5: "Rename",
      6: "Set Attributes",
      7: "Set Security",
      8: "Get Attributes",
      9: "Get Security",
      12: "Mount",
      13: "Unmount",
      14: "Open",
      99: "Other",
    },
  },
  1002: { name: "Kernel Extension Activity", activities: { 0: "Unknown", 1: "Load", 2: "Unload", 99: "Other" } },
  1005: { name: "Module Activity", activities: { 0: "Unknown", 1: "Load", 2: "Unload", 3: "Invoke", 99: "Other" } },
  1006: {
    name: "Scheduled Job Activity",
    activities: {
      0: "Unknown",
      1: "Create",
      2: "Update",
      3: "Delete",
      4: "Enable",
      5: "Disable",
      6: "Start",
      99: "Other",
    },
  },
  1007: {
    name: "Process Activity",
    activities: { 0: "Unknown", 1: "Launch", 2: "Terminate", 3: "Open", 4: "Inject", 5: "Set User ID", 99: "Other" },
  },
  1008: {
    name: "Event Log Activity",
    activities: {
      0: "Unknown",
      1: "Clear",
      2: "Delete",
      3: "Export",
      4: "Archive",
      5: "Rotate",
      6: "Start",
      7: "Stop",
      8: "Restart",
      9: "Enable",
      10: "Disable",
      99: "Other",
    },
  },
  1009: { name: "Script Activity", activities: { 0: "Unknown", 1: "Execute", 99: "Other" } },
  2004: {
    name: "Detection Finding",
    activities: { 0: "Unknown", 1: "Create", 2: "Update", 3: "Close", 99: "Other" },
  },
  3002: {
    name: "Authentication",
    activities: {
      0: "Unknown",
      1: "Logon",
      2: "Logoff",
      3: "Authentication Ticket",
      4: "Service Ticket Request",
      5: "Service Ticket Renew",
      6: "Preauth",
      7: "Account Switch",
      99: "Other",
    },
  },
  3001: {
    name: "Account Change",
    activities: {
      0: "Unknown",
      1: "Create",
      2: "Enable",
      3: "Password Change",
      4: "Password Reset",
      5: "Disable",
      6: "Delete",
      7: "Attach Policy",
      8: "Detach Policy",
      9: "Lock",
      10: "MFA Factor Enable",
      11: "MFA Factor Disable",
      12: "Unlock",
      99: "Other",
    },
  },
  3004: {
    name: "Entity Management",
    activities: { 0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other" },
  },
  3005: {
    name: "User Access Management",
    activities: { 0: "Unknown", 1: "Assign Privileges", 2: "Revoke Privileges", 99: "Other" },
  },
  3006: {
    name: "Group Management",
    activities: {
      0: "Unknown",
      1: "Assign Privileges",
      2: "Revoke Privileges",
      3: "Add User",
      4: "Remove User",
      5: "Delete",
      6: "Create",
      99: "Other",
    },
  },
  4001: {
    name: "Network Activity",
    activities: {
      0: "Unknown",
      1: "Open",
      2: "Close",
      3: "Reset",
      4: "Fail",
      5: "Refuse",
      6: "Traffic",
      7: "Listen",
      99: "Other",
    },
  },
  4002: {
    name: "HTTP Activity",
    activities: {
      0: "Unknown",
      1: "Connect",
      2: "Delete",
      3: "Get",
      4: "Head",
      5: "Options",
      6: "Post",
      7: "Put",
      8: "Trace",
      9: "Patch",
      99: "Other",
    },
  },
  4003: { name: "DNS Activity", activities: { 0: "Unknown", 1: "Query", 2: "Response", 6: "Traffic", 99: "Other" } },
  4004: {
    name: "DHCP Activity",
    activities: {
      0: "Unknown",
      1: "Discover",
      2: "Offer",
      3: "Request",
      4: "Decline",
      5: "Ack",
      6: "Nak",
      7: "Release",
      8: "Inform",
      9: "Expire",
      99: "Other",
    },
  },
  4006: {
    name: "SMB Activity",
    activities: {
      0: "Unknown",
      1: "File Supersede",
      2: "File Open",
      3: "File Create",
      4: "File Open If",
      5: "File Overwrite",
      6: "File Overwrite If",
      99: "Other",
    },
  },
  4008: {
    name: "FTP Activity",
    activities: {
      0: "Unknown",
      1: "Put",
      2: "Get",
      3: "Poll",
      4: "Delete",
      5: "Rename",
      6: "List",
      99: "Other",
    },
  },
  4007: {
    name: "SSH Activity",
    activities: {
      0: "Unknown",
      1: "Open",
      2: "Close",
      3: "Reset",
      4: "Fail",
      5: "Refuse",
      6: "Traffic",
      7: "Listen",
      99: "Other",
    },
  },
  4014: { name: "Tunnel Activity", activities: { 0: "Unknown", 1: "Open", 2: "Close", 3: "Renew", 99: "Other" } },
  6003: {
    name: "API Activity",
    activities: { 0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other" },
  },
} as const;

export type ClassUid = keyof typeof CLASSES;

/** HTTP method -> activity_id of HTTP Activity. */
const HTTP_ACTIVITY: ReadonlyMap<string, number> = new Map([
  ["CONNECT", 1],
  ["DELETE", 2],
  ["GET", 3],
  ["HEAD", 4],
  ["OPTIONS", 5],
  ["POST", 6],
  ["PUT", 7],
  ["TRACE", 8],
  ["PATCH", 9],
]);

/** activity_id of HTTP Activity for a method as the source spells it; 99 for one OCSF has no number for. */
export function httpActivityId(method: string): number {
  return HTTP_ACTIVITY.get(method.toUpperCase()) ?? 99;
}

/** What every event of a map has in common. */
export interface EventBase {
  readonly product: { readonly name: string; readonly vendor_name: string };
  /** ms since 1970 UTC */
  readonly time: number;
  /** The source's own event id, when it has one; the stage supplies a content hash otherwise. */
  readonly uid?: string | undefined;
  /** The source's own name of the event, for instance `git.push`, `4688`. */
  readonly event_code?: string | undefined;
  /** OCSF severity_id; 1 (Informational) when left out. */
  readonly severity_id?: number | undefined;
}

/** Classes of conversations, of which OCSF wants to know an end. */
const WITH_ENDS: ReadonlySet<number> = new Set([4001, 4003, 4004, 4006, 4007, 4008]);

/**
 * An event of the class with everything OCSF requires of every event; the map adds what its class requires.
 * `fields` may hold undefined values: they are left out of the output. So are addresses that are none, ports and counts out of range,
 * ends and evidence of which nothing is known, whatever a damaged record made of them.
 *
 * @throws {MalformedInputError} when the time is none, or when neither end of a conversation is known
 */
export function createEvent(classUid: ClassUid, activityId: number, base: EventBase, fields: EventFields): OcsfEvent {
  if (!Number.isSafeInteger(base.time)) throw new MalformedInputError("record whose time is none");
  const sound = soundFields(fields);
  if (WITH_ENDS.has(classUid) && sound.src_endpoint === undefined && sound.dst_endpoint === undefined)
    throw new MalformedInputError("record without an address or a name at either end");
  const description = CLASSES[classUid];
  const activities: Readonly<Record<number, string>> = description.activities;
  const categoryUid = Math.floor(classUid / 1000);
  const metadata: OcsfEvent["metadata"] = { version: "1.8.0", product: base.product };
  if (base.uid !== undefined) metadata.uid = base.uid;
  if (base.event_code !== undefined) metadata.event_code = base.event_code;
  const profiles = profilesOf(categoryUid, classUid, sound);
  if (profiles !== undefined) metadata.profiles = profiles;
  return {
    activity_id: activityId,
    activity_name: activities[activityId] ?? "Other",
    category_uid: categoryUid,
    category_name: CATEGORY_NAMES[categoryUid as keyof typeof CATEGORY_NAMES],
    class_uid: classUid,
    class_name: description.name,
    type_uid: classUid * 100 + activityId,
    time: base.time,
    severity_id: base.severity_id ?? 1,
    metadata,
    ...sound,
  };
}

/** The profiles an event can use, by the bits of `profilesOf`; shared by all events. */
const PROFILES: readonly (string[] | undefined)[] = Array.from({ length: 8 }, (_, bits) => {
  const used = ["host", "security_control", "network_proxy"].filter((_name, index) => (bits & (1 << index)) !== 0);
  return used.length === 0 ? undefined : used;
});

/** OCSF lets an event carry a profile's attributes only when `metadata.profiles` names the profile. */
function profilesOf(categoryUid: number, classUid: ClassUid, fields: EventFields): string[] | undefined {
  const ownsActor = categoryUid === 1 || categoryUid === 3 || classUid === 6003;
  const host = (fields.device !== undefined && categoryUid !== 1) || (fields.actor !== undefined && !ownsActor);
  const control =
    fields.disposition_id !== undefined ||
    fields.disposition !== undefined ||
    fields.action_id !== undefined ||
    fields.action !== undefined;
  const proxy = fields.proxy_endpoint !== undefined;
  return PROFILES[(host ? 1 : 0) | (control ? 2 : 0) | (proxy ? 4 : 0)];
}
