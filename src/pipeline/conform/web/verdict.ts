/** What a proxy, gateway or firewall did with traffic -> action and disposition of OCSF's security control profile. */
import type { OcsfEvent } from "../../../model/activity.ts";

export type Verdict =
  | "allowed"
  | "blocked"
  | "dropped"
  | "reset"
  | "rejected"
  | "quarantined"
  | "isolated"
  | "delayed"
  | "challenged"
  | "alerted"
  | "logged"
  | "unauthorized"
  | "failed";

type VerdictFields = Pick<OcsfEvent, "action" | "action_id" | "disposition" | "disposition_id">;

const ALLOWED = { action_id: 1, action: "Allowed" } as const;
const DENIED = { action_id: 2, action: "Denied" } as const;
const OBSERVED = { action_id: 3, action: "Observed" } as const;
const MODIFIED = { action_id: 4, action: "Modified" } as const;

const FIELDS: Readonly<Record<Verdict, VerdictFields>> = {
  allowed: { ...ALLOWED, disposition_id: 1, disposition: "Allowed" },
  blocked: { ...DENIED, disposition_id: 2, disposition: "Blocked" },
  dropped: { ...DENIED, disposition_id: 6, disposition: "Dropped" },
  reset: { ...DENIED, disposition_id: 21, disposition: "Reset" },
  rejected: { ...DENIED, disposition_id: 25, disposition: "Rejected" },
  quarantined: { ...DENIED, disposition_id: 3, disposition: "Quarantined" },
  unauthorized: { ...DENIED, disposition_id: 26, disposition: "Unauthorized" },
  isolated: { ...ALLOWED, disposition_id: 4, disposition: "Isolated" },
  delayed: { ...MODIFIED, disposition_id: 14, disposition: "Delayed" },
  challenged: { ...MODIFIED, disposition_id: 23, disposition: "Challenge" },
  alerted: { ...OBSERVED, disposition_id: 19, disposition: "Alert" },
  logged: { ...OBSERVED, disposition_id: 17, disposition: "Logged" },
  failed: { action_id: 0, action: "Unknown", disposition_id: 27, disposition: "Error" },
};

/** undefined: the source does not say; nothing is claimed then. */
export function verdictFields(verdict: Verdict | undefined): VerdictFields | undefined {
  return verdict === undefined ? undefined : FIELDS[verdict];
}
