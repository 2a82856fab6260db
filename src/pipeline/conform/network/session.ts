/**
 * One session or web request as firewalls log it -> Network Activity (4001), or HTTP Activity (4002) where the record tells of a
 * request. The initiator is the source; bytes out are what it sent.
 *
 * The firewall itself is `metadata.reporter`: `device` would make it the machine that acted.
 */
import type { OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { createEvent, httpActivityId, type EventBase } from "../ocsf.ts";
import { verdictFields, type Verdict } from "../web/verdict.ts";
import { protocolOf } from "./protocols.ts";

/** Of one record, from initiator to responder (`out`) and back (`in`). Unknown counts stay undefined. */
export interface Counters {
  readonly bytesOut?: number | undefined;
  readonly bytesIn?: number | undefined;
  /** Both directions, where the source tells only that. */
  readonly bytesTotal?: number | undefined;
  readonly packetsOut?: number | undefined;
  readonly packetsIn?: number | undefined;
}

export interface Request {
  /** As written; undefined where it does not show. */
  readonly method?: string | undefined;
  readonly url?: OcsfUrl | undefined;
  readonly version?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly referrer?: string | undefined;
  readonly forwardedFor?: string[] | undefined;
  /** HTTP status; 0 and what is no status are left out. */
  readonly status?: number | undefined;
  readonly contentType?: string | undefined;
}

export interface Session {
  /** OCSF activity of Network Activity; a request's comes from its method. */
  readonly activityId: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 99;
  readonly source: OcsfEndpoint | undefined;
  readonly destination: OcsfEndpoint | undefined;
  readonly user?: OcsfUser | undefined;
  /** `6`, `tcp`, `icmp6`: number or name. */
  readonly protocol?: string | undefined;
  /** The firewall's id of the session. */
  readonly uid?: string | undefined;
  /** 1 Inbound, 2 Outbound, 3 Lateral; 0 or left out: not known. */
  readonly direction?: 0 | 1 | 2 | 3 | undefined;
  /** What this record adds to the sum of all records. */
  readonly traffic?: Counters | undefined;
  /** Running totals of a session that is reported more than once. */
  readonly cumulative?: Counters | undefined;
  /** Whole seconds or fractions -> ms by the caller. */
  readonly durationMs?: number | undefined;
  /** ms since 1970 UTC; the end less the duration when left out. */
  readonly startTime?: number | undefined;
  /** Left out: the event's time where a duration is known. */
  readonly endTime?: number | undefined;
  readonly verdict?: Verdict | undefined;
  /** The rule that decided. */
  readonly rule?: { readonly name?: string | undefined; readonly uid?: string | undefined } | undefined;
  /** Counts only with a rule. */
  readonly ruleCategory?: string | undefined;
  /** The profile or policy package the rule belongs to. */
  readonly policy?: string | undefined;
  readonly appName?: string | undefined;
  /** `https`, `dns`: what the source takes the session for, lower case by the builder. */
  readonly service?: string | undefined;
  /** Makes the event an HTTP Activity. */
  readonly request?: Request | undefined;
  readonly url?: OcsfUrl | undefined;
  readonly sni?: string | undefined;
  readonly file?: OcsfFile | undefined;
  readonly reporter?: OcsfEvent["metadata"]["reporter"] | undefined;
  /** Why it ended or was refused, as the source says it. */
  readonly statusDetail?: string | undefined;
  readonly message?: string | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

const DIRECTIONS = ["Unknown", "Inbound", "Outbound", "Lateral"] as const;

/** Where the source does not say what was done, OCSF lets a rule stand only beside an action. */
const UNKNOWN_ACTION = { action_id: 0, action: "Unknown" } as const;

/**
 * The event; counts and names that are undefined are left out.
 *
 * @throws {MalformedInputError} when neither end of the session is known
 */
export function createSession(base: EventBase, session: Session): OcsfEvent {
  requireEnd(session);
  const { request, durationMs, policy } = session;
  const firewallRule = ruleOf(session);
  const control =
    verdictFields(session.verdict) ?? (firewallRule === undefined && policy === undefined ? undefined : UNKNOWN_ACTION);
  const endTime = session.endTime ?? (durationMs === undefined ? undefined : base.time);
  const status = statusOf(request?.status);
  const shared = {
    start_time: session.startTime ?? (durationMs === undefined ? undefined : (endTime ?? base.time) - durationMs),
    end_time: endTime,
    duration: durationMs,
    message: session.message,
    actor: session.user === undefined ? undefined : { user: session.user },
    src_endpoint: session.source,
    dst_endpoint: session.destination,
    connection_info: connectionInfo(session),
    app_name: session.appName,
    app_protocol_name: session.service?.toLowerCase(),
    ...control,
    firewall_rule: firewallRule,
    policy: policy === undefined ? undefined : { name: policy },
    status_detail: session.statusDetail,
    traffic: trafficOf(session.traffic),
    cumulative_traffic: trafficOf(session.cumulative),
    // OCSF demands a version, which the name alone does not tell.
    tls: session.sni === undefined ? undefined : { sni: session.sni, version: "unknown" },
    unmapped: session.unmapped,
  };
  const event =
    request === undefined
      ? createEvent(4001, session.activityId, base, { ...shared, url: session.url })
      : createEvent(4002, request.method === undefined ? 0 : httpActivityId(request.method), base, {
          ...shared,
          http_request: {
            http_method: request.method?.toUpperCase(),
            url: request.url,
            version: request.version,
            user_agent: request.userAgent,
            referrer: request.referrer,
            x_forwarded_for: request.forwardedFor,
          },
          http_response: status === undefined ? undefined : { code: status, content_type: request.contentType },
          status_id: status === undefined ? undefined : status < 400 ? 1 : 2,
          status: status === undefined ? undefined : status < 400 ? "Success" : "Failure",
          status_code: status === undefined ? undefined : String(status),
          file: session.file,
        });
  return report(event, session.reporter);
}

/** @throws {MalformedInputError} when a conversation has neither source nor destination: OCSF wants one of them */
export function requireEnd(ends: {
  readonly source: OcsfEndpoint | undefined;
  readonly destination: OcsfEndpoint | undefined;
}): void {
  if (ends.source === undefined && ends.destination === undefined)
    throw new MalformedInputError("session without an address at either end");
}

/** Names the firewall as the one who reports; an event without one stays as it is. */
export function report(event: OcsfEvent, reporter: OcsfEvent["metadata"]["reporter"] | undefined): OcsfEvent {
  if (reporter !== undefined) event.metadata.reporter = reporter;
  return event;
}

/** The reporter of what is known of the firewall; undefined when nothing is. */
export function reporterOf(
  hostname: string | undefined,
  uid?: string | undefined,
  ip?: string | undefined,
): OcsfEvent["metadata"]["reporter"] | undefined {
  if (hostname === undefined && uid === undefined && ip === undefined) return undefined;
  const reporter: NonNullable<OcsfEvent["metadata"]["reporter"]> = {};
  if (hostname !== undefined) reporter.hostname = hostname.toLowerCase();
  if (ip !== undefined) reporter.ip = ip;
  if (uid !== undefined) reporter.uid = uid;
  return reporter;
}

function ruleOf({ rule, ruleCategory }: Session): OcsfEvent["firewall_rule"] {
  if (rule?.name === undefined && rule?.uid === undefined) return undefined;
  const out: NonNullable<OcsfEvent["firewall_rule"]> = {};
  if (rule?.name !== undefined) out.name = rule.name;
  if (rule?.uid !== undefined) out.uid = rule.uid;
  if (ruleCategory !== undefined) out.category = ruleCategory;
  return out;
}

function trafficOf(counters: Counters | undefined): OcsfEvent["traffic"] {
  if (counters === undefined) return undefined;
  const { bytesOut, bytesIn, packetsOut, packetsIn } = counters;
  const bytes = counters.bytesTotal ?? sum(bytesOut, bytesIn);
  if (
    bytes === undefined &&
    bytesOut === undefined &&
    bytesIn === undefined &&
    packetsOut === undefined &&
    packetsIn === undefined
  )
    return undefined;
  return {
    bytes,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
    packets: sum(packetsOut, packetsIn),
    packets_in: packetsIn,
    packets_out: packetsOut,
  };
}

function connectionInfo({ protocol, uid, direction = 0 }: Session): OcsfEvent["connection_info"] {
  const known = protocolOf(protocol);
  if (known === undefined && uid === undefined && direction === 0) return undefined;
  const info: NonNullable<OcsfEvent["connection_info"]> = { ...known, direction_id: direction };
  if (direction !== 0) info.direction = DIRECTIONS[direction];
  if (uid !== undefined) info.uid = uid;
  return info;
}

function statusOf(status: number | undefined): number | undefined {
  return status !== undefined && status >= 100 && status <= 999 ? status : undefined;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
