/** Detections of Azure Firewall's IDPS -> Detection Finding. */
import type { OcsfEvent } from "../../../model/activity.ts";
import { createEvent, type EventBase } from "../ocsf.ts";

/** Azure's priority, 1 the gravest -> OCSF severity_id. */
const SEVERITIES: readonly number[] = [1, 4, 3, 2];

/** What the IDPS found in a connection, which stands beside it as evidence. */
export function azureFinding(
  base: EventBase,
  title: string,
  id: string | undefined,
  category: string | undefined,
  priority: number | undefined,
  { src_endpoint, dst_endpoint, connection_info, http_request, tls, action, action_id, ...session }: OcsfEvent,
): OcsfEvent {
  return createEvent(
    2004,
    1,
    { ...base, severity_id: SEVERITIES[priority ?? 0] ?? 1 },
    {
      message: title,
      is_alert: true,
      finding_info: {
        title,
        uid: [id ?? title, base.time, src_endpoint?.ip ?? "-", dst_endpoint?.ip ?? "-"].join(":"),
        types: category === undefined ? undefined : [category],
        analytic: { name: title, uid: id, type_id: 1, type: "Rule", category },
      },
      action,
      action_id,
      disposition: session.disposition,
      disposition_id: session.disposition_id,
      evidences: [{ src_endpoint, dst_endpoint, connection_info, http_request, tls }],
      unmapped: session.unmapped,
    },
  );
}
