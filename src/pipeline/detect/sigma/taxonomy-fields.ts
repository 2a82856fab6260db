/**
 * Where Sigma's field names live in an OCSF event: one line a field.
 *
 * A home is an OCSF path, or a function where one path is not enough. The source's own record is asked before a home, so
 * that a field a source really has is never replaced by a neighbour of it.
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";

export type Home = string | ((event: OcsfEvent) => unknown);
export type FieldTable = Readonly<Record<string, Home | readonly Home[]>>;

/** `DOMAIN\name`, as Windows logs write a user. */
function account(user: OcsfUser | undefined): string | undefined {
  if (user?.name === undefined) return undefined;
  return user.domain === undefined || user.domain === "" ? user.name : `${user.domain}\\${user.name}`;
}

/** Path with query, as request lines have it. */
function target({ http_request }: OcsfEvent): string | undefined {
  const url = http_request?.url;
  if (url?.path === undefined) return url?.url_string;
  return url.query_string === undefined || url.query_string === "" ? url.path : `${url.path}?${url.query_string}`;
}

function extension({ http_request }: OcsfEvent): string | undefined {
  const path = http_request?.url?.path;
  if (path === undefined) return undefined;
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") ? path.slice(dot + 1) : "";
}

/** `SHA256=…,MD5=…`, as Sysmon writes them. */
function hashes(list: { algorithm?: string; algorithm_id: number; value: string }[] | undefined): string | undefined {
  if (list === undefined || list.length === 0) return undefined;
  return list
    .map(({ algorithm, algorithm_id, value }) => `${algorithm?.replace("-", "") ?? algorithm_id}=${value}`)
    .join(",");
}

/** OCSF algorithm_id: 1 MD5, 2 SHA-1, 3 SHA-256. */
function hashOf(event: OcsfEvent, algorithm: number): string | undefined {
  return (event.process?.file?.hashes ?? event.file?.hashes)?.find(({ algorithm_id }) => algorithm_id === algorithm)
    ?.value;
}

function initiated({ connection_info }: OcsfEvent): string | undefined {
  const direction = connection_info?.direction_id;
  return direction === 2 ? "true" : direction === 1 ? "false" : undefined;
}

const ENDPOINT: FieldTable = {
  Computer: "device.hostname",
  ComputerName: "device.hostname",
  Hostname: "device.hostname",
  EventID: "metadata.event_code",
  Channel: "metadata.log_name",
  Provider_Name: "metadata.log_provider",
  md5: (event) => hashOf(event, 1),
  sha1: (event) => hashOf(event, 2),
  sha256: (event) => hashOf(event, 3),
};

const ACTING_PROCESS: FieldTable = {
  Image: ["actor.process.file.path", "actor.process.name"],
  CommandLine: "actor.process.cmd_line",
  ProcessId: "actor.process.pid",
  ProcessGuid: "actor.process.uid",
  ParentImage: ["actor.process.parent_process.file.path", "actor.process.parent_process.name"],
  ParentCommandLine: "actor.process.parent_process.cmd_line",
  User: [({ actor }) => account(actor?.user), ({ actor }) => account(actor?.process?.user)],
};

const PROCESS: FieldTable = {
  ...ENDPOINT,
  Image: ["process.file.path", "process.name"],
  NewProcessName: ["process.file.path", "process.name"],
  CommandLine: "process.cmd_line",
  ProcessId: "process.pid",
  ProcessGuid: "process.uid",
  CurrentDirectory: "process.working_directory",
  IntegrityLevel: "process.integrity",
  Company: "process.file.company_name",
  OriginalFileName: "process.file.internal_name",
  FileVersion: "process.file.version",
  Hashes: ({ process }) => hashes(process?.file?.hashes),
  User: [({ process }) => account(process?.user), ({ actor }) => account(actor?.user)],
  ParentImage: [
    "process.parent_process.file.path",
    "process.parent_process.name",
    "actor.process.file.path",
    "actor.process.name",
  ],
  ParentCommandLine: ["process.parent_process.cmd_line", "actor.process.cmd_line"],
  ParentProcessId: ["process.parent_process.pid", "actor.process.pid"],
  ParentProcessGuid: ["process.parent_process.uid", "actor.process.uid"],
  ParentUser: [({ process }) => account(process?.parent_process?.user)],
  LogonId: "process.session.uid",
};

const FILE: FieldTable = {
  ...ENDPOINT,
  ...ACTING_PROCESS,
  TargetFilename: ["file_result.path", "file.path"],
  SourceFilename: "file.path",
  FileName: "file.path",
  Hashes: ({ file }) => hashes(file?.hashes),
};

const CONNECTION: FieldTable = {
  ...ENDPOINT,
  ...ACTING_PROCESS,
  SourceIp: "src_endpoint.ip",
  SourcePort: "src_endpoint.port",
  SourceHostname: "src_endpoint.hostname",
  DestinationIp: "dst_endpoint.ip",
  DestinationPort: "dst_endpoint.port",
  DestinationHostname: ["dst_endpoint.hostname", "dst_endpoint.domain"],
  Protocol: "connection_info.protocol_name",
  Initiated: initiated,
};

const LOOKUP: FieldTable = {
  ...ENDPOINT,
  ...ACTING_PROCESS,
  QueryName: "query.hostname",
  QueryStatus: "rcode_id",
  QueryResults: "answers.rdata",
  record_type: "query.type",
};

const WEB: FieldTable = {
  "c-uri": ["http_request.url.url_string", target],
  "cs-uri": ["http_request.url.url_string", target],
  "c-uri-stem": "http_request.url.path",
  "cs-uri-stem": "http_request.url.path",
  "c-uri-query": "http_request.url.query_string",
  "cs-uri-query": "http_request.url.query_string",
  "c-uri-extension": extension,
  "c-useragent": "http_request.user_agent",
  "cs-user-agent": "http_request.user_agent",
  "cs-useragent": "http_request.user_agent",
  "cs-host": ["http_request.url.hostname", "dst_endpoint.hostname"],
  "r-dns": ["http_request.url.hostname", "dst_endpoint.hostname"],
  "cs-method": "http_request.http_method",
  "cs-referrer": "http_request.referrer",
  "cs-referer": "http_request.referrer",
  "cs-version": "http_request.version",
  "cs-bytes": "traffic.bytes_out",
  "sc-bytes": "traffic.bytes_in",
  "sc-status": "http_response.code",
  "cs-username": "actor.user.name",
  "c-ip": "src_endpoint.ip",
  "s-ip": "dst_endpoint.ip",
  "s-port": "dst_endpoint.port",
  "r-ip": "dst_endpoint.ip",
  "s-computername": "device.hostname",
  "s-action": "status_detail",
  "time-taken": "duration",
  src_ip: "src_endpoint.ip",
  src_port: "src_endpoint.port",
  dst_ip: "dst_endpoint.ip",
  dst_port: "dst_endpoint.port",
  // Zeek's own names, for rules on zeek/http
  host: ["http_request.url.hostname", "dst_endpoint.hostname"],
  uri: target,
  method: "http_request.http_method",
  user_agent: "http_request.user_agent",
  referrer: "http_request.referrer",
  status_code: "http_response.code",
  request_body_len: "traffic.bytes_out",
  response_body_len: "traffic.bytes_in",
  "id.orig_h": "src_endpoint.ip",
  "id.orig_p": "src_endpoint.port",
  "id.resp_h": "dst_endpoint.ip",
  "id.resp_p": "dst_endpoint.port",
};

const FLOW: FieldTable = {
  src_ip: "src_endpoint.ip",
  src_port: "src_endpoint.port",
  dst_ip: "dst_endpoint.ip",
  dst_port: "dst_endpoint.port",
  username: "actor.user.name",
  action: ["action", "disposition"],
  protocol: "connection_info.protocol_name",
  "event.duration": ({ duration }) => (duration === undefined ? undefined : duration / 1000),
  "network.transport": "connection_info.protocol_name",
  "network.type": ({ src_endpoint }) =>
    src_endpoint?.ip === undefined ? undefined : src_endpoint.ip.includes(":") ? "ipv6" : "ipv4",
  "network.protocol": ["app_protocol_name", "app_name"],
  "network.community_id": "connection_info.community_uid",
  "network.state": "status_code",
  "source.ip": "src_endpoint.ip",
  "source.port": "src_endpoint.port",
  "source.bytes": "traffic.bytes_out",
  "source.packets": "traffic.packets_out",
  "destination.ip": "dst_endpoint.ip",
  "destination.port": "dst_endpoint.port",
  "destination.bytes": "traffic.bytes_in",
  "destination.packets": "traffic.packets_in",
  "id.orig_h": "src_endpoint.ip",
  "id.orig_p": "src_endpoint.port",
  "id.resp_h": "dst_endpoint.ip",
  "id.resp_p": "dst_endpoint.port",
  proto: "connection_info.protocol_name",
  service: ["app_protocol_name", "app_name"],
  conn_state: "status_code",
  orig_bytes: "traffic.bytes_out",
  resp_bytes: "traffic.bytes_in",
  server_name: "tls.sni",
};

const DNS: FieldTable = {
  ...FLOW,
  query: "query.hostname",
  record_type: "query.type",
  qtype_name: "query.type",
  answer: "answers.rdata",
  answers: "answers.rdata",
  parent_domain: "query.hostname",
  rcode_name: "rcode",
  "dns.question.name": "query.hostname",
  "dns.question.type": "query.type",
  "dns.question.class": "query.class",
  "dns.answers.data": "answers.rdata",
  "dns.answers.type": "answers.type",
  "dns.answers.class": "answers.class",
  "dns.answers.ttl": "answers.ttl",
  "dns.id": "query.packet_uid",
  "dns.response.code": "rcode",
};

const CODE_HOST: FieldTable = {
  action: "api.operation",
  actor: "actor.user.name",
  actor_id: "actor.user.uid",
  actor_ip: "src_endpoint.ip",
  user_agent: "http_request.user_agent",
  hashed_token: ["actor.user.credential_uid", "actor.session.credential_uid"],
  repo: "resources.name",
  repository: "resources.name",
  repo_id: "resources.uid",
  request_method: "http_request.http_method",
  url_path: "http_request.url.path",
  query_string: "http_request.url.query_string",
  status_code: "http_response.code",
  request_id: "api.request.uid",
  "@timestamp": "time",
  created_at: "time",
  "auditType.action": "api.operation",
  "auditType.category": "api.group.name",
  author_name: "actor.user.name",
  entity_path: "resources.name",
  event_name: "api.operation",
  ip_address: "src_endpoint.ip",
};

const OKTA: FieldTable = {
  eventType: "metadata.event_code",
  eventtype: "metadata.event_code",
  displayMessage: "message",
  displaymessage: "message",
  uuid: "metadata.uid",
  published: "metadata.original_time",
};

const CLOUDTRAIL: FieldTable = {
  eventName: ["api.operation", "metadata.event_code"],
  eventSource: ["api.service.name"],
  eventTime: "metadata.original_time",
  eventID: "metadata.uid",
  awsRegion: "cloud.region",
  sourceIPAddress: ["src_endpoint.ip", "src_endpoint.hostname", "src_endpoint.svc_name"],
  userAgent: "http_request.user_agent",
  errorCode: "status_code",
  errorMessage: "status_detail",
  recipientAccountId: "cloud.account.uid",
};

const CLOUD: FieldTable = {
  operationName: "api.operation",
  OperationName: "api.operation",
  OperationNameValue: "api.operation",
  Operation: "api.operation",
  ActivityDisplayName: "api.operation",
  "gcp.audit.method_name": "api.operation",
  "data.protoPayload.methodName": "api.operation",
  eventName: "api.operation",
  verb: "api.operation",
  userAgent: "http_request.user_agent",
  requestURI: "http_request.url.path",
  "responseStatus.code": "api.response.code",
};

const AUDITD: FieldTable = {
  ...PROCESS,
  exe: ["process.file.path", "actor.process.file.path"],
  comm: ["process.name", "actor.process.name"],
  name: "file.path",
  pid: ["process.pid", "actor.process.pid"],
  euid: ["process.user.uid", "actor.user.uid"],
  uid: ["process.user.uid", "actor.user.uid"],
};

/** Log source → table; the first line whose parts all agree is used. `*` stands for anything. */
export const FIELD_TABLES: readonly (readonly [
  name: string,
  category: string,
  product: string,
  service: string,
  table: FieldTable,
])[] = [
  ["process", "process_creation", "*", "*", PROCESS],
  ["process", "process_termination", "*", "*", PROCESS],
  ["file", "file_event", "*", "*", FILE],
  ["file", "file_access", "*", "*", FILE],
  ["file", "file_change", "*", "*", FILE],
  ["file", "file_delete", "*", "*", FILE],
  ["file", "file_rename", "*", "*", FILE],
  ["file", "create_stream_hash", "*", "*", FILE],
  ["connection", "network_connection", "*", "*", CONNECTION],
  ["lookup", "dns_query", "*", "*", LOOKUP],
  ["web", "proxy", "*", "*", WEB],
  ["web", "webserver", "*", "*", WEB],
  ["flow", "firewall", "*", "*", FLOW],
  ["dns", "dns", "*", "*", DNS],
  ["dns", "network", "*", "dns", DNS],
  ["flow", "network", "*", "*", FLOW],
  ["dns", "*", "zeek", "dns", DNS],
  ["web", "*", "zeek", "http", WEB],
  ["flow", "*", "zeek", "*", FLOW],
  ["dns", "*", "dnsmasq", "*", DNS],
  ["dns", "*", "bind", "*", DNS],
  ["web", "*", "squid", "*", WEB],
  ["web", "*", "apache", "*", WEB],
  ["web", "*", "nginx", "*", WEB],
  ["code-host", "*", "github", "*", CODE_HOST],
  ["code-host", "*", "gitlab", "*", CODE_HOST],
  ["code-host", "*", "bitbucket", "*", CODE_HOST],
  ["okta", "*", "okta", "*", OKTA],
  ["cloudtrail", "*", "aws", "*", CLOUDTRAIL],
  ["cloud", "*", "azure", "*", CLOUD],
  ["cloud", "*", "m365", "*", CLOUD],
  ["cloud", "*", "gcp", "*", CLOUD],
  ["cloud", "*", "kubernetes", "*", CLOUD],
  ["auditd", "*", "linux", "*", AUDITD],
  ["process", "*", "windows", "security", PROCESS],
  ["endpoint", "*", "windows", "*", { ...ENDPOINT, ...ACTING_PROCESS }],
  ["endpoint", "*", "*", "*", ENDPOINT],
];
