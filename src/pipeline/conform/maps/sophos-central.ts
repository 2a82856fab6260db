/**
 * Sophos Central (Intercept X, web control, data loss prevention, peripheral and application control): what the endpoint's web control saw
 * -> HTTP Activity; detections, alerts and controls -> Detection Finding.
 *
 * @see https://developer.sophos.com/docs/siem-v1/1/routes/events/get
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, type EndpointSubject } from "../endpoint/endpoint-activity.ts";
import { countOf, deviceOf, fileOf, hashOf, portOf, processId, processOf } from "../endpoint/objects.ts";
import { isSophosCentral, readSophosRecord, type SophosRecord } from "../endpoint/sophos-central.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { leftOver, told } from "../network/fields.ts";
import { object, property, text } from "../read-json.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";

const PRODUCT = { name: "Sophos Central", vendor_name: "Sophos" } as const;

/** Words and the numbers the script's CEF gives them. */
const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["none", 1],
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["very_high", 5],
  ["critical", 5],
  ["0", 1],
  ["1", 2],
  ["5", 3],
  ["8", 4],
  ["10", 5],
]);

const WEB = /^Web(?:ControlViolation|FilteringBlocked)/;
/** Upkeep of the agents: nothing that anybody did. */
const UPKEEP =
  /^(?:Update|SavScanComplete|Registered|ReRegistered|UserAutoCreated|Compliant|NonCompliant|SavEnabled|Management|Enc::|Denc::|Heartbeat|ServiceNotRunning|ServiceRestored)/;
const LEFT = [
  "group",
  "origin",
  "endpoint_id",
  "endpoint_type",
  "customer_id",
  "datastream",
  "user_id",
  "duid",
] as const;

export default defineMap({
  id: "sophos-central",
  title: "Sophos Central events and alerts",
  product: PRODUCT,
  reference: "https://developer.sophos.com/docs/siem-v1/1/routes/events/get",
  lane: "endpoint",
  exporting:
    "Sophos Central, Global settings, API credentials; Sophos' SIEM integration script with `format = json` (`cef` and `keyvalue` are read too), " +
    "or the events and alerts of the SIEM API as they are. Policies: web control and data loss prevention must log.",
  limits: [
    "Web control tells what it blocked, warned of or let pass against a warning, not what was allowed.",
    "Counts no bytes of a connection; data loss prevention tells the size of the file.",
    "Data loss prevention names the program and the file, seldom the site.",
    "Agents' updates, registrations and scans are passed over.",
  ],
  recognise: (record) => (isSophosCentral(record) ? 0.97 : 0),
  conform(record) {
    const read = readSophosRecord(record);
    const { fields, said } = read;
    const user =
      loginOf(said.get("Username")) ?? loginOf(told(fields, "user")) ?? loginOf(told(fields, "suser", "source"));
    const device = deviceOf(told(fields, "location", "dhost", "host"), undefined, {
      uid: told(fields, "endpoint_id"),
      ip: ipAddress(told(fields, "source_info_ip")),
    });
    const subject: EndpointSubject = {
      base: {
        product: PRODUCT,
        time: read.time,
        uid: told(fields, "id"),
        event_code: read.type,
        severity_id: SEVERITIES.get(told(fields, "severity")?.toLowerCase() ?? ""),
      },
      device,
      unmapped: leftOver(fields, LEFT),
    };
    const request = WEB.test(read.kind) ? webEvent(read, subject, user) : null;
    if (request !== null) return request;
    const isAlert = told(fields, "event_service_event_id") !== undefined || told(fields, "datastream") === "alert";
    return UPKEEP.test(read.kind) && !isAlert ? null : finding(read, subject, user);
  },
});

type User = ReturnType<typeof loginOf>;

/** null where the sentence names no address; `'https://shop.example' warned due to category 'Shopping'`, `Access was blocked to "evil.example" because of "Mal/X".` */
function webEvent({ fields }: SophosRecord, subject: EndpointSubject, user: User): OcsfEvent | null {
  const sentence = told(fields, "name", "description") ?? "";
  const quoted = [...sentence.slice(0, 4_096).matchAll(/'([^'\n]{1,2048})'|"([^"\n]{1,2048})"/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const address = told(fields, "url") ?? quoted.find((value) => /[./]/.test(value));
  const url = address === undefined ? undefined : splitUrl(address);
  if (url === undefined || Object.keys(url).length === 0) return null;
  const reason = quoted.find((value) => value !== address);
  const isCategory = /category/i.test(sentence);
  if (isCategory && reason !== undefined) url.categories = [reason];
  const event = endpointActivity(subject, 4002, 0, {
    actor: user === undefined ? undefined : { user },
    src_endpoint: { ip: subject.device.ip, hostname: subject.device.hostname },
    dst_endpoint: url.hostname === undefined ? undefined : { hostname: url.hostname, port: url.port },
    http_request: { url },
    ...verdictFields(webVerdict(sentence, told(fields, "action"))),
    firewall_rule: isCategory || reason === undefined ? undefined : { name: reason },
    message: sentence === "" ? undefined : sentence,
  });
  if (event.disposition_id !== undefined || event.firewall_rule !== undefined)
    event.metadata.profiles = ["host", "security_control"];
  return event;
}

function webVerdict(sentence: string, action: string | undefined): Verdict | undefined {
  const told = `${action ?? ""} ${sentence}`;
  if (/bypass|proceeded/i.test(told)) return "allowed";
  if (/block/i.test(told)) return "blocked";
  return /warn/i.test(told) ? "challenged" : /allow/i.test(told) ? "allowed" : undefined;
}

function finding(read: SophosRecord, subject: EndpointSubject, user: User): OcsfEvent {
  const { fields, said, json, kind } = read;
  const sentence = told(fields, "description", "name");
  const named = /'([^'\n]{1,255})'[^'\n]{1,64}'([^'\n]{1,1024})'/.exec(sentence?.slice(0, 4_096) ?? "");
  const threat = told(fields, "threat", "detection_identity_name") ?? named?.[1];
  const rule = said.get("Rule names") ?? told(fields, "rule");
  const isTransfer = kind.startsWith("DataLossPrevention");
  const title = (isTransfer ? sentence?.split(/ {2}/, 1)[0] : sentence) ?? threat ?? kind;
  const event = endpointActivity(subject, 2004, 1, {
    message: sentence ?? title,
    is_alert: true,
    finding_info: {
      title,
      uid: told(fields, "id") ?? `${read.type}:${read.time}`,
      types: told(fields, "group") === undefined ? undefined : [told(fields, "group")!],
      analytic: { name: rule ?? threat ?? kind, type_id: 1, type: "Rule" },
    },
    ...verdictFields(findingVerdict(kind, said.get("Data Control action") ?? told(fields, "action"))),
    evidences: evidences(read, user, named?.[2]),
  });
  // A finding has no actor of its own: who acted is in the evidence.
  delete event.actor;
  event.metadata.profiles = event.disposition_id === undefined ? ["host"] : ["host", "security_control"];
  const destination = {
    user_action: said.get("User action") ?? told(fields, "user_action"),
    destination_path: said.get("Destination path"),
    destination_type: said.get("Destination type"),
    file_type: said.get("File type") ?? told(fields, "file_type"),
  };
  for (const [name, value] of Object.entries(destination))
    if (value !== undefined) event.unmapped = { ...event.unmapped, [name]: value };
  const certificates = json === null ? undefined : property(json, "appCerts");
  if (Array.isArray(certificates) && certificates.length > 0)
    event.unmapped = { ...event.unmapped, appCerts: certificates };
  return event;
}

function evidences({ fields, said, json }: SophosRecord, user: User, path: string | undefined): OcsfEvent["evidences"] {
  const file = fileOf(said.get("Source path") ?? told(fields, "filePath", "file_path") ?? path);
  const size = countOf(said.get("File size") ?? told(fields, "file_size"));
  const hash = hashOf("SHA256", sha256Of(told(fields, "appSha256")));
  if (file !== undefined && size !== undefined) file.size = size;
  if (file !== undefined && hash !== undefined) file.hashes = [hash];
  const network = object(json, "ips_threat_data") ?? object(object(json, "data"), "ips_threat");
  const script = object(json, "amsi_threat_data");
  const image = text(network, "executablePath") ?? text(network, "executable_path") ?? text(script, "processPath");
  const process = processOf({
    image,
    name: said.get("Application Name") ?? told(fields, "app_name") ?? text(script, "processName"),
    pid: processId(
      property(network, "executablePid") ?? property(network, "executable_pid") ?? property(script, "processId"),
    ),
  });
  const parent = processOf({ image: text(script, "parentProcessPath") });
  if (process !== undefined && parent !== undefined) process.parent_process = parent;
  const remote = ipAddress(text(network, "remoteIp") ?? text(network, "remote_ip"));
  const local = ipAddress(told(fields, "source_info_ip"));
  const evidence = {
    user,
    file,
    process,
    src_endpoint:
      local === undefined
        ? undefined
        : { ip: local, port: portOf(property(network, "localPort") ?? property(network, "local_port")) },
    dst_endpoint:
      remote === undefined
        ? undefined
        : { ip: remote, port: portOf(property(network, "remotePort") ?? property(network, "remote_port")) },
  };
  return Object.values(evidence).every((part) => part === undefined) ? undefined : [evidence];
}

function sha256Of(value: string | undefined): string | undefined {
  return value !== undefined && /^[0-9A-Fa-f]{64}$/.test(value) ? value : undefined;
}

function findingVerdict(kind: string, action: string | undefined): Verdict | undefined {
  const said = `${kind} ${action ?? ""}`;
  if (/Block|Prevented|CleanedUp|Cleaned|Isolated/i.test(said)) return "blocked";
  if (/Allow/i.test(said)) return "allowed";
  return /AlertedOnly|Detected|Detection|Failed/i.test(said) ? "alerted" : undefined;
}
