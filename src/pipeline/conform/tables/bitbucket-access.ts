/**
 * The access log of Bitbucket Data Center: one line when a request over HTTP or SSH comes and one when it is answered, which
 * tells the bytes both ways.
 *
 * `addresses | protocol | request | user | time | action | details | status | bytes read | bytes written | labels | ms | session |`
 *
 * @see https://support.atlassian.com/bitbucket-data-center/kb/how-to-read-the-bitbucket-data-center-log-formats/
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, outcomeStatus, sourceEndpoint, userType } from "../api-activity.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { createEvent, httpActivityId, type EventBase } from "../ocsf.ts";
import { urlOfTarget } from "../url.ts";

/** A request's id: `i` or `o` for question and answer, then what it is counted by, with x between. */
const HEAD = /^[0-9A-Fa-f.:, ]{2,200} \| (?:https?|ssh) \| [io]?[@*]?[0-9A-Z]{1,12}(?:x[0-9A-Za-z]{1,12}){2,4} \| /;
const REQUEST = /^"([A-Z]{3,10}) (\S{1,4096})(?: HTTP\/([\d.]{1,5}))?"$/;
const SSH = /^SSH - (git[- ](?:receive-pack|upload-pack|upload-archive)) '?\/?([^' ]{1,400}?)(?:\.git)?'?$/;
const PACK = /^\/scm\/(.{1,400}?)(?:\.git)?\/git-(receive|upload)-pack$/;
const AGENT = /^"([^"]{0,2048})" "([^"]{0,1024})"$/;
const COLUMNS = 13;

export function isBitbucketAccess(body: string): boolean {
  return HEAD.test(body);
}

interface Answer {
  readonly base: EventBase;
  readonly actor: NonNullable<OcsfEvent["actor"]>;
  readonly source: ReturnType<typeof sourceEndpoint>;
  readonly status: number | undefined;
  readonly bytesOut: number | undefined;
  readonly bytesIn: number | undefined;
  readonly duration: number | undefined;
  readonly unmapped: Record<string, unknown>;
}

/**
 * null for the line of a question, which its answer repeats.
 *
 * @throws {MalformedInputError} when columns are missing or the time is none
 */
export function conformBitbucketAccess(
  product: { readonly name: string; readonly vendor_name: string },
  body: string,
  host: string | undefined,
): OcsfEvent | null {
  const cells = body.split(" | ", COLUMNS + 1).map((cell) => cell.trim());
  const [addresses = "", protocol = "", id = "", user = "", date = "", action = "", details = "", status] = cells;
  const [, , , , , , , , read, written, labels, ms, session] = cells;
  const time = parseIsoTime(date);
  if (cells.length < COLUMNS - 1 || time === undefined)
    throw new MalformedInputError("bitbucket-audit: a line of the access log without its columns or its time");
  if (id.startsWith("i")) return null;

  const unmapped: Record<string, unknown> = { request_id: id };
  if (labels !== undefined && labels !== "-") unmapped["labels"] = labels;
  if (session !== undefined && session.replace(/ ?\|$/, "") !== "-") unmapped["session"] = session.replace(/ ?\|$/, "");
  const answer: Answer = {
    base: { product, time, event_code: protocol },
    actor: apiActor(user === "-" || user === "" ? {} : { name: user, ...userType(false) }),
    source: sourceEndpoint(addresses),
    status: count(status),
    bytesOut: count(read),
    bytesIn: count(written),
    duration: count(ms),
    unmapped,
  };
  const ssh = SSH.exec(action);
  if (ssh !== null) return transfer(answer, ssh[1]!.includes("receive"), ssh[2]!, "ssh", host, undefined);
  const request = REQUEST.exec(action);
  if (request === null) return null;
  const agent = AGENT.exec(details)?.[2];
  const pack = PACK.exec(request[2]!);
  const answered = answer.status !== undefined && answer.status < 400;
  return pack !== null && request[1] === "POST" && answered
    ? transfer(answer, pack[2] === "receive", pack[1]!, "http", host, agent)
    : requestEvent(answer, request, host, agent);
}

function transfer(
  { base, actor, source, status, bytesOut, bytesIn, unmapped }: Answer,
  isPush: boolean,
  repository: string,
  protocol: "http" | "ssh",
  host: string | undefined,
  userAgent: string | undefined,
): OcsfEvent {
  const isClone = /(?:^|[, ])clone(?:$|[, ])/.test(typeof unmapped["labels"] === "string" ? unmapped["labels"] : "");
  return createGitTransfer(base, {
    operation: isPush ? "git.push" : isClone ? "git.clone" : "git.fetch",
    actor,
    repository,
    host,
    service: "Bitbucket Data Center",
    provider: "Bitbucket Data Center",
    protocol,
    source,
    userAgent: userAgent === "" ? undefined : userAgent,
    bytesOut,
    bytesIn,
    succeeded: outcomeStatus(protocol === "ssh" ? (status === undefined ? undefined : status === 0) : true),
    unmapped,
  });
}

function requestEvent(
  { base, actor, source, status, bytesOut, bytesIn, duration, unmapped }: Answer,
  [, method = "", target = "", version]: RegExpExecArray,
  host: string | undefined,
  agent: string | undefined,
): OcsfEvent {
  const event = createEvent(4002, httpActivityId(method), base, {
    ...outcomeStatus(status === undefined ? undefined : status < 400),
    actor,
    src_endpoint: source,
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    http_request: {
      http_method: method,
      url: urlOfTarget(target, host),
      user_agent: agent === "" ? undefined : agent,
      version,
    },
    http_response: status === undefined ? undefined : { code: status },
    traffic: bytesOut === undefined && bytesIn === undefined ? undefined : { bytes_out: bytesOut, bytes_in: bytesIn },
    duration,
    unmapped,
  });
  event.metadata.profiles = ["host"];
  return event;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
