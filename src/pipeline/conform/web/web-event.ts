/**
 * One web transaction as proxies, gateways and web servers log it -> HTTP Activity. The client is the source; the
 * destination is the host that was asked for.
 */
import type { OcsfDevice, OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { createEvent, httpActivityId, type EventBase } from "../ocsf.ts";
import { verdictFields, type Verdict } from "./verdict.ts";

export interface WebTransaction {
  readonly client: OcsfEndpoint | undefined;
  readonly server: OcsfEndpoint | undefined;
  readonly proxy?: OcsfEndpoint | undefined;
  readonly user?: OcsfUser | undefined;
  readonly device?: OcsfDevice | undefined;
  /** As written; undefined where none shows, as in a tunnel that was not opened. */
  readonly method: string | undefined;
  readonly url: OcsfUrl | undefined;
  readonly version?: string | undefined;
  readonly referrer?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly forwardedFor?: readonly string[] | undefined;
  /** HTTP status; 0 and what is no status are left out. */
  readonly status: number | undefined;
  readonly contentType?: string | undefined;
  /** Client to server, headers included where the source counts them. */
  readonly bytesOut?: number | undefined;
  /** Server to client. */
  readonly bytesIn?: number | undefined;
  /** Both directions, where the source tells only that. */
  readonly bytesTotal?: number | undefined;
  /** ms since 1970 UTC */
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly verdict?: Verdict | undefined;
  /** Of a control's rule or policy; counts only with a verdict. */
  readonly policy?: { name?: string; uid?: string } | undefined;
  readonly statusDetail?: string | undefined;
  readonly appName?: string | undefined;
  readonly file?: OcsfFile | undefined;
  readonly tls?: OcsfEvent["tls"] | undefined;
  readonly session?: string | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

/** HTTP methods as they can be written; anything else in their place is no method. */
const METHOD = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const NO_METHOD: ReadonlySet<string> = new Set(["NA", "UNKNOWN", "INVALID", "NONE", "NULL"]);

/** The event; what its class requires is supplied where the source has it not. */
export function createWebEvent(base: EventBase, transaction: WebTransaction): OcsfEvent {
  const method = methodOf(transaction.method);
  const status = statusOf(transaction.status);
  const { user, bytesIn, bytesOut, verdict, url } = transaction;
  const hasUrl = url !== undefined && (url.url_string !== undefined || url.path !== undefined);
  const control = verdictFields(verdict);
  const total =
    transaction.bytesTotal ?? (bytesIn !== undefined && bytesOut !== undefined ? bytesIn + bytesOut : undefined);
  const counted = bytesIn !== undefined || bytesOut !== undefined || total !== undefined;
  return createEvent(4002, method === undefined ? (isTunnel(url) ? 1 : 0) : httpActivityId(method), base, {
    start_time: transaction.startTime,
    end_time: transaction.endTime,
    duration: transaction.durationMs,
    actor:
      user === undefined && transaction.session === undefined
        ? undefined
        : { user, session: transaction.session === undefined ? undefined : { uid: transaction.session } },
    device: transaction.device,
    src_endpoint: transaction.client,
    dst_endpoint: transaction.server,
    proxy_endpoint: transaction.proxy,
    http_request: {
      http_method: method,
      url: hasUrl ? url : undefined,
      version: transaction.version,
      referrer: transaction.referrer,
      user_agent: transaction.userAgent,
      x_forwarded_for: addressesOf(transaction.forwardedFor),
    },
    http_response:
      status === undefined ? undefined : { code: status, length: bytesIn, content_type: transaction.contentType },
    ...control,
    policy: control === undefined ? undefined : transaction.policy,
    status_id: status === undefined ? undefined : status < 400 ? 1 : 2,
    status: status === undefined ? undefined : status < 400 ? "Success" : "Failure",
    status_code: status === undefined ? undefined : String(status),
    status_detail: transaction.statusDetail,
    traffic: counted ? { bytes: total, bytes_in: bytesIn, bytes_out: bytesOut } : undefined,
    app_name: transaction.appName,
    file: transaction.file,
    tls: transaction.tls,
    unmapped: transaction.unmapped,
  });
}

/** A URL without scheme and path is where a tunnel leads. */
function isTunnel(url: OcsfUrl | undefined): boolean {
  return url !== undefined && url.hostname !== undefined && url.path === undefined && url.scheme === undefined;
}

function methodOf(text: string | undefined): string | undefined {
  if (text === undefined || !METHOD.test(text)) return undefined;
  const upper = text.toUpperCase();
  return NO_METHOD.has(upper) ? undefined : upper;
}

function statusOf(status: number | undefined): number | undefined {
  return status !== undefined && Number.isInteger(status) && status >= 100 && status <= 999 ? status : undefined;
}

/** The addresses of an X-Forwarded-For list; what else clients write there (`unknown`, names) is left out. */
export function addressesOf(list: readonly string[] | string | undefined): string[] | undefined {
  if (list === undefined) return undefined;
  const parts = typeof list === "string" ? list.slice(0, 2_048).split(",") : list;
  const addresses = parts.slice(0, 16).flatMap((part) => ipAddress(part.trim()) ?? []);
  return addresses.length === 0 ? undefined : addresses;
}

/** Not only what DNS allows: logs hold underscores, stars and names in other scripts; but no blanks, quotes or paths. */
const HOSTNAME = /^[^\s"'<>\\/|,;()[\]{}]{1,255}$/;

/** An endpoint of a host or address as written, with a port; undefined where it names neither. */
export function endpointOf(host: string | undefined, port?: number | undefined): OcsfEndpoint | undefined {
  if (host === undefined || host === "" || host === "-") return undefined;
  const ip = ipAddress(host);
  if (ip === undefined && (!HOSTNAME.test(host) || /^[\d.]+$/.test(host))) return undefined;
  const endpoint: OcsfEndpoint = ip === undefined ? { hostname: hostnameOf(host) } : { ip };
  const known = portOf(port);
  if (known !== undefined && known !== 0) endpoint.port = known;
  return endpoint;
}

/** The host asked for and the address it was found at, as one endpoint. */
export function serverOf(
  hostname: string | undefined,
  address: string | undefined,
  port: number | undefined,
): OcsfEndpoint | undefined {
  const named = endpointOf(hostname, port);
  const ip = ipAddress(address);
  if (ip === undefined || ip === "0.0.0.0" || ip === "::") return named;
  if (named === undefined) return endpointOf(ip, port);
  if (named.ip === undefined) named.ip = ip;
  return named;
}

function hostnameOf(text: string): string {
  const end = text.endsWith(".") && text.length > 1 ? text.length - 1 : text.length;
  return text.slice(0, end).toLowerCase();
}
