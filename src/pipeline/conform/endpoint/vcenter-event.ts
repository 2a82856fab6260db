/**
 * Events of vCenter Server as vpxd sends them over syslog -> sessions as Authentication, what somebody did as API Activity,
 * the rest as base events that say their sentence.
 *
 * `Event [575792] [1-1] [2026-03-20T09:15:02.26309Z] [vim.event.UserLoginSessionEvent] [info] [VSPHERE.LOCAL\alice] [DC] [575792] [text]`:
 * key, part of how many, time, type, severity, user, data centre, chain, sentence.
 *
 * @see https://techdocs.broadcom.com/us/en/vmware-cis/vsphere/vsphere/8-0/vsphere-monitoring-and-performance/streaming-vcenter-events-to-a-remote-syslog-server.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { operationActivity } from "../api-activity.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { deviceOf, userOf } from "./objects.ts";

const product = { name: "vCenter Server", vendor_name: "VMware" };

const EVENT =
  /^\s{0,4}Event \[(\d{1,20})\] \[\d{1,6}-\d{1,6}\] \[([^\]]{1,40})\] \[([\w.]{1,200})\] \[(\w{1,16})\] \[([^\]]{0,200})\] \[([^\]]{0,200})\] \[(\d{1,20})\] \[([^]{0,8000})$/;

export function isVcenterEvent(message: string): boolean {
  return EVENT.test(message.slice(0, 9_000));
}

/** `User ACME\alice@10.1.9.9 logged in as VMware-client/8.0`, `Cannot login alice@10.1.9.9`. */
const SESSION = /(?:User|Cannot login(?: user)?) (.{1,200})@([0-9a-fA-F:.]{2,45})(?: logged (?:in as (.{1,300})|out))?/;
const SSH =
  /SSH (?:session was (opened|closed)|login has (failed)) for '?([^\s@']{1,128})@([0-9a-fA-F:.]{2,45}?)'?\.?$/;
const AGENT = /user agent: (.{1,300}?)\)?$/;

/**
 * @param sent when the syslog message was sent, for an event without a readable time of its own
 * @returns null when the line is no event, or one without a time
 */
export function vcenterEvent(
  message: string,
  sent: number | undefined,
  hostname: string | undefined,
): OcsfEvent | null {
  const match = EVENT.exec(message);
  if (match === null) return null;
  const [, key, stamp = "", type = "", severity, login, datacenter, , tail = ""] = match;
  const time = parseIsoTime(stamp) ?? sent;
  if (time === undefined) return null;
  const sentence = tail.replace(/\]\s*$/, "");
  const name = type.slice(type.lastIndexOf(".") + 1);
  const subject = {
    base: { product, time, uid: hostname === undefined ? undefined : `${hostname}:${key}`, event_code: type },
    device: deviceOf(hostname, undefined),
    unmapped: { program: "vpxd", severity, datacenter: datacenter === "" ? undefined : datacenter },
  };
  const session = SESSION.exec(sentence);
  const user = userOf(login === "" ? undefined : login) ?? userOf(session?.[1]);
  const ip = ipAddress(session?.[2]);
  const agent = session?.[3] ?? AGENT.exec(sentence)?.[1];
  if (
    /^(?:UserLogin|UserLogout|BadUsername|NoAccessUser|AlreadyAuthenticated)SessionEvent$|^NoAccessUserEvent$/.test(
      name,
    )
  ) {
    const failed = !/^User|^Already/.test(name);
    return withMessage(
      endpointActivity(subject, 3002, name.startsWith("UserLogout") ? 2 : 1, {
        user: userOf(session?.[1]) ?? user ?? { name: "unknown" },
        src_endpoint: ip === undefined ? undefined : { ip },
        dst_endpoint: hostname === undefined ? { name: "unknown" } : { hostname },
        http_request: agent === undefined ? undefined : { user_agent: agent },
        is_remote: true,
        status_id: failed ? 2 : 1,
        status: failed ? "Failure" : "Success",
      }),
      sentence,
    );
  }
  const ssh = sshSession(sentence, subject);
  if (ssh !== null) return withMessage(ssh, sentence);
  const operation = name === "TaskEvent" ? /^Task: (.{1,200})/.exec(sentence)?.[1] : undefined;
  return withMessage(
    user === undefined
      ? endpointActivity(subject, 0, 99, { actor: { app_name: "vpxd" } })
      : endpointActivity(subject, 6003, operationActivity(operation ?? name.replace(/Event$/, "")), {
          actor: { user },
          api: { operation: operation ?? type, service: { name: "vSphere" } },
          src_endpoint: ip === undefined ? { name: "unknown" } : { ip },
          dst_endpoint: hostname === undefined ? undefined : { hostname },
        }),
    sentence,
  );
}

/** `SSH session was opened for 'root@10.1.9.9'.` of a host -> Authentication; null for any other sentence. */
export function sshSession(sentence: string, subject: EndpointSubject): OcsfEvent | null {
  const match = SSH.exec(sentence.slice(0, 400));
  if (match === null) return null;
  const ip = ipAddress(match[4]);
  const failed = match[2] !== undefined;
  const self = subject.device.hostname;
  return endpointActivity(subject, 3002, match[1] === "closed" ? 2 : 1, {
    user: userOf(match[3]) ?? { name: "unknown" },
    src_endpoint: ip === undefined ? undefined : { ip },
    dst_endpoint: self === undefined ? { name: "unknown" } : { hostname: self },
    service: { name: "SSH" },
    is_remote: true,
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
  });
}

function withMessage(event: OcsfEvent, sentence: string): OcsfEvent {
  if (sentence !== "") event.message = sentence.slice(0, 1_000);
  return event;
}
