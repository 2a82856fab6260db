/**
 * Amazon S3 server access logs -> HTTP Activity with the operation (`api`): one line per request to a bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseClfTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { splitUrl } from "../url.ts";

const product = { name: "S3 Server Access Logs", vendor_name: "AWS" } as const;

/** owner bucket [time] address requester request-id OPERATION key: what no other log begins with. */
const LINE =
  /^(?:-|[0-9a-f]{64}) ([a-z0-9.-]{3,63}) \[(\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] (\S{1,45}) (\S{1,2048}) ([0-9A-Z]{8,32}) ((?:REST|SOAP|WEBSITE|BATCH|S3)\.\S{1,80}) (\S{1,4096}) /;

export default defineMap({
  id: "aws-s3-access",
  title: "Amazon S3 server access logs",
  product,
  reference: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
  lane: "network",
  exporting:
    "Server access logging in the properties of each bucket, with another bucket as its target; the files are " +
    "read as they are.",
  limits: [
    "Delivered best-effort, within hours; lines may be missing or come twice.",
    "Of an upload the object's size stands for what was sent; other requests tell only what was answered.",
    "The requester is an account's canonical id or an ARN; anonymous requests name nobody.",
  ],
  recognise: ({ body }) => (LINE.test(body) ? 1 : 0),
  conform({ body, syslog }, { fileModifiedTime }) {
    const match = LINE.exec(body);
    if (match === null) throw new MalformedInputError("no S3 server access log line");
    const [whole, bucket, time, address, requester, requestId, operation, key] = match as unknown as string[];
    const rest = cellsOf(body.slice(whole!.length));
    const [requestLine, statusText, errorCode, sentText, sizeText, totalText, , referrer, agent] = rest;
    const [versionId, , signature, , , hostHeader, tlsVersion] = rest.slice(9);
    const [method, target, protocol] = (requestLine ?? "").split(" ", 3);
    const status = countOf(statusText);
    const sent = countOf(sentText);
    const size = countOf(sizeText);
    const total = countOf(totalText);
    const uploads = /\.(?:PUT|POST)\.(?:OBJECT|PART)$/.test(operation!) && status !== undefined && status < 300;
    const bytes_out = uploads ? size : undefined;
    const at = parseClfTime(time!) ?? syslog?.time ?? fileModifiedTime;
    const host = hostHeader?.toLowerCase();
    const succeeded = status === undefined ? undefined : status < 400;
    const ip = ipAddress(address);
    const user = userOf(requester!);
    const event = createEvent(
      4002,
      method === undefined || method === "" ? 0 : httpActivityId(method),
      { product, time: at, uid: requestId, event_code: operation },
      {
        start_time: total === undefined ? undefined : at,
        duration: total,
        end_time: total === undefined ? undefined : at + total,
        actor: user === undefined ? undefined : { user },
        api: { operation: operation!, service: { name: "s3.amazonaws.com" } },
        src_endpoint: ip === undefined ? { name: "unknown" } : { ip },
        dst_endpoint: { hostname: host ?? `${bucket}.s3.amazonaws.com` },
        http_request: {
          http_method: method === "" ? undefined : method?.toUpperCase(),
          url: target === undefined ? undefined : urlOf(target, host, tlsVersion !== undefined),
          version: protocol?.replace(/^HTTP\//, ""),
          user_agent: agent,
          referrer,
        },
        http_response: status === undefined ? undefined : { code: status, body_length: sent },
        status_id: succeeded === undefined ? undefined : succeeded ? 1 : 2,
        status: succeeded === undefined ? undefined : succeeded ? "Success" : "Failure",
        status_code: statusText,
        status_detail: errorCode,
        traffic: sent === undefined && bytes_out === undefined ? undefined : { bytes_in: sent, bytes_out },
        cloud: { provider: "AWS" },
        unmapped: {
          bucket,
          key: key === "-" ? undefined : key,
          object_size: size,
          version_id: versionId,
          signature_version: signature,
        },
      },
    );
    event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
    return event;
  },
});

/** Blank-parted cells, some in quotes; `-` is nothing. */
function cellsOf(text: string): (string | undefined)[] {
  const cells: (string | undefined)[] = [];
  let at = 0;
  while (at < text.length && cells.length < 64) {
    const quoted = text.charCodeAt(at) === 0x22;
    const close = quoted ? text.indexOf('" ', at + 1) : text.indexOf(" ", at);
    const end = close === -1 ? text.length : close;
    const cell = quoted ? text.slice(at + 1, close === -1 && text.endsWith('"') ? end - 1 : end) : text.slice(at, end);
    cells.push(cell === "-" || cell === "" ? undefined : cell);
    at = end + (quoted && close !== -1 ? 2 : 1);
  }
  return cells;
}

function countOf(cell: string | undefined): number | undefined {
  return cell !== undefined && /^\d{1,15}$/.test(cell) ? Number(cell) : undefined;
}

function urlOf(target: string, host: string | undefined, encrypted: boolean): OcsfEvent["url"] {
  return host === undefined || !target.startsWith("/")
    ? splitUrl(target)
    : splitUrl(`${encrypted ? "https" : "http"}://${host}${target}`);
}

/** An ARN's last part names the user or the session; else a canonical account id. `-` is nobody. */
function userOf(requester: string): OcsfUser | undefined {
  if (requester === "-") return undefined;
  if (!requester.startsWith("arn:")) return { uid: requester };
  return { name: requester.slice(requester.lastIndexOf("/") + 1), uid: requester };
}
