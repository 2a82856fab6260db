/** `retention`: how long which kind of data is kept. */
import * as z from "zod";
import type { RetentionSettings } from "../../pipeline/persist/retention.ts";

const DAY_MS = 86_400_000;

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["d", DAY_MS],
  ["w", 7 * DAY_MS],
  ["y", 365 * DAY_MS],
]);

/** Events by what they are about: OCSF class by its name. */
export const ACTIVITY_CLASSES = {
  file_activity: 1001,
  kernel_extension_activity: 1002,
  module_activity: 1005,
  scheduled_job_activity: 1006,
  process_activity: 1007,
  event_log_activity: 1008,
  script_activity: 1009,
  detection_finding: 2004,
  account_change: 3001,
  authentication: 3002,
  entity_management: 3004,
  user_access: 3005,
  group_management: 3006,
  network_activity: 4001,
  http_activity: 4002,
  dns_activity: 4003,
  dhcp_activity: 4004,
  smb_activity: 4006,
  ssh_activity: 4007,
  ftp_activity: 4008,
  tunnel_activity: 4014,
  api_activity: 6003,
} as const;
export type ActivityClass = keyof typeof ACTIVITY_CLASSES;

/** Correlations look back over up to 30 days: what they rest on stays longer than that. */
const LEAST_MATCH_DAYS = 45;

/** `30d`, `26w`, `2y` -> ms; `forever` -> null; undefined for anything else. */
export function parseKeep(value: string): number | null | undefined {
  if (value.trim() === "forever") return null;
  const parts = /^\s*(\d{1,5})\s*([dwy])\s*$/.exec(value);
  const unit = UNITS_MS.get(parts?.[2] ?? "");
  const ms = Number(parts?.[1]) * (unit ?? 0);
  return unit === undefined || ms < DAY_MS ? undefined : ms;
}

const keep = z
  .string({ error: "write how long to keep it, such as 30d, 26w, 2y or forever" })
  .transform((value, context) => {
    const ms = parseKeep(value);
    if (ms !== undefined) return ms;
    context.issues.push({
      code: "custom",
      message: `"${value}" is not a time to keep anything for; write for instance 30d, 26w, 2y or forever`,
      input: value,
    });
    return z.NEVER;
  });

const activityKeys = Object.fromEntries(Object.keys(ACTIVITY_CLASSES).map((name) => [name, keep.optional()])) as Record<
  ActivityClass,
  z.ZodOptional<typeof keep>
>;

export const RetentionSchema = z
  .strictObject({
    default: keep
      .optional()
      .meta({ description: "Events of every class not named under `activity`; 90d when left out." }),
    activity: z.strictObject(activityKeys).optional().meta({ description: "Events by OCSF class." }),
    matches: keep
      .optional()
      .refine((ms) => ms === undefined || ms === null || ms >= LEAST_MATCH_DAYS * DAY_MS, {
        error: `at least ${LEAST_MATCH_DAYS}d: correlations look back over 30 days`,
      })
      .meta({ description: "What rules matched; as long as `default`, and 45d at least, when left out." }),
    findings: keep
      .optional()
      .meta({ description: "Findings, closed incidents and heartbeats of sources; 2y when left out." }),
    quarantine: keep.optional().meta({ description: "Lines that could not be read; 30d when left out." }),
    audit: keep.optional().meta({ description: "Who did what; forever when left out." }),
  })
  .meta({ description: "How long what is kept. What an open incident rests on stays until it is closed." });

/** The section with what it leaves out filled in. */
export function retentionSettings(section: z.output<typeof RetentionSchema> | undefined): RetentionSettings {
  const given = section ?? {};
  const usual = given.default === undefined ? 90 * DAY_MS : given.default;
  const classes = new Map<number, number | null>();
  for (const [name, uid] of Object.entries(ACTIVITY_CLASSES)) {
    const kept = given.activity?.[name as ActivityClass];
    if (kept !== undefined) classes.set(uid, kept);
  }
  const or = (value: number | null | undefined, otherwise: number | null): number | null =>
    value === undefined ? otherwise : value;
  return {
    default: usual,
    classes,
    matches: or(given.matches, usual === null ? null : Math.max(usual, LEAST_MATCH_DAYS * DAY_MS)),
    findings: or(given.findings, 730 * DAY_MS),
    quarantine: or(given.quarantine, 30 * DAY_MS),
    audit: or(given.audit, null),
  };
}
