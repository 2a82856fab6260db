/**
 * Falco's alerts as text, which is what it writes where `json_output` is off:
 * `09:15:02.123456789: Warning Sensitive file opened (file=/etc/shadow evt_type=openat user=alice command=cat /etc/shadow …)`.
 * What stands in the parentheses are the fields of the rule's output under short names.
 */
import type { JsonObject } from "../../../model/activity.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";

const ALERT =
  /^(?:(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?|(\d{4}-\d{2}-\d{2}T[\d:.]{8,18}(?:Z|[+-]\d{2}:?\d{2}))): (Emergency|Alert|Critical|Error|Warning|Notice|Informational|Debug) (\S[^]{0,16000})$/;

/** Names that rules give the fields of their outputs. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["user", "user.name"],
  ["user_name", "user.name"],
  ["user_uid", "user.uid"],
  ["user_loginuid", "user.loginuid"],
  ["user_loginname", "user.loginname"],
  ["evt_type", "evt.type"],
  ["evt_res", "evt.res"],
  ["process", "proc.name"],
  ["program", "proc.name"],
  ["proc_name", "proc.name"],
  ["proc_exepath", "proc.exepath"],
  ["exepath", "proc.exepath"],
  ["command", "proc.cmdline"],
  ["cmdline", "proc.cmdline"],
  ["proc_cmdline", "proc.cmdline"],
  ["pid", "proc.pid"],
  ["proc_pid", "proc.pid"],
  ["ppid", "proc.ppid"],
  ["parent", "proc.pname"],
  ["proc_pname", "proc.pname"],
  ["pcmdline", "proc.pcmdline"],
  ["proc_pcmdline", "proc.pcmdline"],
  ["cwd", "proc.cwd"],
  ["file", "fd.name"],
  ["fd_name", "fd.name"],
  ["connection", "fd.name"],
  ["fd_proto", "fd.l4proto"],
  ["lport", "fd.lport"],
  ["rport", "fd.rport"],
  ["container_id", "container.id"],
  ["container_name", "container.name"],
  ["container_image", "container.image.repository"],
  ["container_image_repository", "container.image.repository"],
  ["container_image_tag", "container.image.tag"],
  ["image", "container.image.repository"],
  ["k8s_ns", "k8s.ns.name"],
  ["k8s_ns_name", "k8s.ns.name"],
  ["k8s_pod_name", "k8s.pod.name"],
]);
/** Names that end a value although nothing here reads what follows them; a command's own `count=1` does not. */
const OTHERS =
  /^(?:g{1,5}parent|g{0,3}exepath|tty|terminal|sid|vpgid|exe_flags|args|flags|target|source|symlinks?|linkpath|directory|res|result|(?:evt|proc|user|group|fd|fs|container|k8s|ka|thread|syscall)[._]\w{1,40})$/;
const KEY = /(?:^| )([a-z][\w.]{1,60})=/g;
const MAX_FIELDS = 64;

/** One alert taken apart. */
export interface FalcoText {
  /** ms since 1970 UTC, where the alert has a date; else its time of day. */
  readonly time: { readonly at: number } | { readonly ofDay: number };
  readonly priority: string;
  readonly output: string;
}

/** undefined for a line that is no alert. Does not throw. */
export function readFalcoText(body: string): FalcoText | undefined {
  const match = ALERT.exec(body);
  if (match === null) return undefined;
  const [, hour, minute, second, fraction = "0", date, priority = "", output = ""] = match;
  if (date === undefined) {
    const ms = Number(`${fraction}000`.slice(0, 3));
    const ofDay = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000 + ms;
    return ofDay >= 86_400_000 ? undefined : { time: { ofDay }, priority, output };
  }
  const at = parseIsoTime(date);
  return at === undefined ? undefined : { time: { at }, priority, output };
}

/** The fields of an output under Falco's own names; undefined where it shows none. */
export function falcoFields(output: string): JsonObject | undefined {
  const found = /[(\s]([a-z][\w.]{1,60})=/.exec(output);
  if (found === null || !isKey(found[1]!)) return undefined;
  const end = output.endsWith(")") ? output.length - 1 : output.length;
  const inside = output.slice(found.index + 1, end);
  const keys: { name: string; start: number; value: number }[] = [];
  for (const match of inside.matchAll(KEY)) {
    if (!isKey(match[1]!)) continue;
    keys.push({ name: match[1]!, start: match.index, value: match.index + match[0].length });
    if (keys.length === MAX_FIELDS) break;
  }
  const fields = Object.create(null) as Record<string, string>;
  keys.forEach(({ name, value }, index) => {
    const told = inside.slice(value, keys[index + 1]?.start).trim();
    if (told !== "" && told !== "<NA>") fields[FIELDS.get(name) ?? name] ??= told;
  });
  return fields;
}

function isKey(name: string): boolean {
  return FIELDS.has(name) || OTHERS.test(name);
}

const DAY = 86_400_000;

/** The last such time of day before the file was written to; a minute is left for clocks that differ. */
export function dayTime(ofDay: number, fileModifiedTime: number): number {
  const today = Math.floor(fileModifiedTime / DAY) * DAY + ofDay;
  return today > fileModifiedTime + 60_000 ? today - DAY : today;
}
