/**
 * Gitea and Forgejo -> Authentication (3002) for failed sign-ins, HTTP Activity (4002) for requests, API Activity (6003)
 * for git over SSH, which Gitea serves by a request to itself.
 *
 * Input: the text log, `2026/03/20 09:00:00 file.go:1:Function() [I] message`, as it stands or behind a syslog header. Its
 * time carries no zone.
 *
 * @see https://docs.gitea.com/administration/logging-config
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, emailAddress, outcomeStatus, sourceEndpoint, userType } from "../api-activity.ts";
import { portOf } from "../decoders/ip-address.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { createEvent, httpActivityId, type EventBase } from "../ocsf.ts";
import { createSignOn } from "../sign-on.ts";
import { urlOfTarget } from "../url.ts";

const PRODUCT = { name: "Gitea", vendor_name: "Gitea" };

/** The place is a function or, of newer releases' requests, `HTTPRequest`; older ones give requests an id in place of a level. */
const LINE =
  /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? (?:(HTTPRequest|\S{1,300}:\d{1,6}:\S{1,200}\(\)) )?(?:\[([TDIWECF])\] )?(?:\[([0-9A-Za-z-]{1,40})\] )?(.*)$/;
/** The built-in SSH server names nobody. */
const FAILED =
  /^(Failed authentication attempt|invalid credentials|Attempted access of unknown user)(?: for (.{1,255}))? from (\S{1,64})(?:: (.*))?$/;
const REQUEST = /^router: (?:completed|polling|slow) +([A-Z]{3,10}) (\S{1,4096}) for (\S{1,80}?), (\d{1,3}) /;
const SERVE = /^\/api\/internal\/serv\/command\/(\d{1,12})\/([^/?]{1,100})\/([^/?]{1,100})\?(.*)$/;

export default defineMap({
  id: "gitea",
  title: "Gitea and Forgejo log",
  product: PRODUCT,
  reference: "https://docs.gitea.com/administration/logging-config",
  lane: "repository",
  exporting:
    "`[log]` in `app.ini`: `MODE = file`, `LEVEL = Info`, with the router logger left on, which tells " +
    "requests. The file is `log/gitea.log`; the journal and a container's output hold the same lines.",
  limits: [
    "Requests name no user, git over SSH only the number of a key.",
    "Nothing tells how many bytes went which way.",
    "Times carry no zone and are read as UTC.",
    "Requests appear only where the router logger is on.",
  ],
  recognise,
  conform,
});

function recognise({ body, json }: DecodedRecord): number {
  if (json !== null) return 0;
  const match = LINE.exec(body.length > 8192 ? body.slice(0, 8192) : body);
  if (match === null) return 0;
  const [, , , , , , , , place, level, , message = ""] = match;
  if (FAILED.test(message) || REQUEST.test(message)) return 1;
  if (level === undefined) return 0;
  return place === undefined ? 0.3 : 0.8;
}

function conform({ body, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  const match = LINE.exec(body);
  if (match === null) throw new MalformedInputError("gitea: the line has no time and level");
  const [, year, month, day, hour, minute, second, fraction, place, level, request, message = ""] = match;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  const host = syslog?.hostname ?? undefined;
  const unmapped: Record<string, unknown> = {};
  if (place !== undefined) unmapped["place"] = place;
  if (request !== undefined) unmapped["request_id"] = request;
  const base: EventBase = { product: PRODUCT, time: Number.isFinite(time) ? time : environment.fileModifiedTime };

  const failed = FAILED.exec(message);
  if (failed !== null) {
    const [, code, name, address, reason] = failed;
    return createSignOn(
      { ...base, event_code: code },
      {
        activity: 1,
        user: { name, email_addr: emailAddress(name), ...userType(false) },
        service: "Gitea",
        source: peerOf(address),
        succeeded: false,
        detail: reason,
        unmapped,
      },
    );
  }
  const routed = REQUEST.exec(message);
  if (routed === null) {
    if (level === undefined) throw new MalformedInputError("gitea: the line has neither a level nor a request");
    return null;
  }
  const [, method = "", target = "", address, status = ""] = routed;
  const served = SERVE.exec(target);
  return served === null
    ? requestEvent(base, method, target, address, Number(status), host, unmapped)
    : sshTransfer(base, served, Number(status), host, unmapped);
}

/** `203.0.113.5:51000`; port 0 where a proxy told the address. */
function peerOf(peer: string | undefined): OcsfEndpoint {
  const end = /^(.{2,64}):(\d{1,5})$/.exec(peer ?? "");
  const port = end === null ? 0 : Number(end[2]);
  // the colon of a bare IPv6 address begins no port
  if (port === 0 || (end![1]!.includes(":") && !end![1]!.startsWith("["))) return sourceEndpoint(peer);
  return { ...sourceEndpoint(end![1]), port: portOf(port) };
}

function requestEvent(
  base: EventBase,
  method: string,
  target: string,
  address: string | undefined,
  status: number,
  host: string | undefined,
  unmapped: Record<string, unknown>,
): OcsfEvent | null {
  // requests of Gitea's own hooks and helpers to itself
  if (target.startsWith("/api/internal/")) return null;
  return createEvent(
    4002,
    httpActivityId(method),
    { ...base, event_code: "router" },
    {
      ...outcomeStatus(status < 400),
      src_endpoint: peerOf(address),
      dst_endpoint: host === undefined ? undefined : { hostname: host },
      http_request: {
        http_method: method,
        url: urlOfTarget(target, host),
      },
      http_response: { code: status },
      unmapped,
    },
  );
}

/** `…/serv/command/KEY/OWNER/REPOSITORY?verb=git-receive-pack`: what `gitea serv` asks before it runs git for an SSH client. */
function sshTransfer(
  base: EventBase,
  served: RegExpExecArray,
  status: number,
  host: string | undefined,
  unmapped: Record<string, unknown>,
): OcsfEvent {
  const [, key = "", owner = "", name = "", query = ""] = served;
  const verb = /(?:^|&)verb=([a-z-]{1,40})/.exec(query)?.[1] ?? "git-upload-pack";
  return createGitTransfer(
    { ...base, event_code: verb },
    {
      operation: verb === "git-receive-pack" ? "git.push" : "git.fetch",
      actor: apiActor({ uid: `key-${key}`, ...userType(false) }, key),
      repository: `${owner}/${name.replace(/\.git$/, "")}`,
      host,
      service: "Gitea",
      provider: "Gitea",
      protocol: "ssh",
      source: sourceEndpoint(undefined),
      bytesOut: undefined,
      bytesIn: undefined,
      succeeded: outcomeStatus(status < 400),
      unmapped,
    },
  );
}
