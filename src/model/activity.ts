/**
 * Activity: one OCSF 1.8.0 event with the context Sallyport adds. Every stage after `conform` reads this shape.
 *
 * The event keeps OCSF's own names and nesting; only what the product itself reads is typed here. Times are integer
 * milliseconds since 1970 UTC, sizes are bytes.
 *
 * @see https://schema.ocsf.io/1.8.0
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface OcsfUser {
  name?: string;
  uid?: string;
  email_addr?: string;
  domain?: string;
  type_id?: number;
  type?: string;
  org?: { name?: string; uid?: string };
  account?: { name?: string; uid?: string; type_id?: number };
  credential_uid?: string;
  full_name?: string;
  uid_alt?: string;
}

export interface OcsfFile {
  name?: string;
  path?: string;
  type_id?: number;
  mime_type?: string;
  size?: number;
  parent_folder?: string;
  hashes?: { algorithm_id: number; algorithm?: string; value: string }[];
  uid?: string;
  created_time?: number;
  modified_time?: number;
  company_name?: string;
  owner?: OcsfUser;
}

export interface OcsfProcess {
  name?: string;
  pid?: number;
  uid?: string;
  cmd_line?: string;
  file?: OcsfFile;
  working_directory?: string;
  user?: OcsfUser;
  parent_process?: OcsfProcess;
  integrity?: string;
  integrity_id?: number;
  created_time?: number;
  terminated_time?: number;
  tid?: number;
  path?: string;
  session?: { uid?: string; terminal?: string };
}

export interface OcsfEndpoint {
  ip?: string;
  port?: number;
  hostname?: string;
  domain?: string;
  name?: string;
  uid?: string;
  mac?: string;
  svc_name?: string;
  instance_uid?: string;
  interface_name?: string;
  zone?: string;
  location?: { country?: string; city?: string; region?: string; coordinates?: [number, number] };
  autonomous_system?: { number?: number; name?: string };
  /** The address and port that network address translation put in this endpoint's place. */
  proxy_endpoint?: { ip?: string; port?: number };
}

export interface OcsfDevice {
  hostname?: string;
  ip?: string;
  name?: string;
  uid?: string;
  type_id: number;
  type?: string;
  domain?: string;
  os?: { name?: string; type_id: number; type?: string };
}

export interface OcsfUrl {
  url_string?: string;
  scheme?: string;
  hostname?: string;
  port?: number;
  path?: string;
  query_string?: string;
  categories?: string[];
}

export interface OcsfResource {
  name?: string;
  uid?: string;
  type?: string;
  namespace?: string;
  owner?: OcsfUser;
  data?: Json;
  labels?: string[];
}

export interface OcsfFingerprint {
  algorithm_id: number;
  algorithm?: string;
  value: string;
}

/** An OCSF event as a map makes it. What has no home in OCSF stays under `unmapped`. */
export interface OcsfEvent {
  activity_id: number;
  activity_name?: string;
  category_uid: number;
  category_name?: string;
  class_uid: number;
  class_name?: string;
  type_uid: number;
  time: number;
  severity_id: number;
  metadata: {
    version: string;
    product: { name: string; vendor_name?: string; version?: string };
    uid?: string;
    event_code?: string;
    log_name?: string;
    log_provider?: string;
    logged_time?: number;
    original_time?: string;
    correlation_uid?: string;
    profiles?: string[];
    labels?: string[];
    sequence?: number;
    /** Who reports what happened elsewhere: the firewall of a session that runs through it. */
    reporter?: { hostname?: string; ip?: string; name?: string; uid?: string };
  };
  start_time?: number;
  end_time?: number;
  duration?: number;
  count?: number;
  message?: string;
  status?: string;
  status_id?: number;
  status_code?: string;
  status_detail?: string;
  action?: string;
  action_id?: number;
  disposition?: string;
  disposition_id?: number;
  /** Security control profile: what the control decided by. */
  policy?: { name?: string; uid?: string };
  firewall_rule?: { name?: string; uid?: string; category?: string };
  actor?: {
    user?: OcsfUser;
    process?: OcsfProcess;
    session?: { uid?: string; credential_uid?: string; issuer?: string; is_remote?: boolean; created_time?: number };
    app_name?: string;
    app_uid?: string;
    invoked_by?: string;
    authorizations?: { decision?: string; policy?: { name?: string } }[];
  };
  user?: OcsfUser;
  device?: OcsfDevice;
  src_endpoint?: OcsfEndpoint;
  dst_endpoint?: OcsfEndpoint;
  proxy_endpoint?: OcsfEndpoint;
  url?: OcsfUrl;
  http_request?: {
    http_method?: string;
    url?: OcsfUrl;
    user_agent?: string;
    referrer?: string;
    version?: string;
    length?: number;
    body_length?: number;
    args?: string;
    uid?: string;
    x_forwarded_for?: string[];
  };
  http_response?: {
    code?: number;
    length?: number;
    body_length?: number;
    content_type?: string;
    message?: string;
    latency?: number;
  };
  query?: { hostname?: string; type?: string; class?: string; opcode_id?: number; packet_uid?: number };
  answers?: { rdata?: string; type?: string; class?: string; ttl?: number }[];
  rcode?: string;
  rcode_id?: number;
  response_time?: number;
  query_time?: number;
  /** DHCP Activity: seconds the lease holds, the client's transaction number, the relay the request came by. */
  lease_dur?: number;
  transaction_uid?: string;
  is_renewal?: boolean;
  relay?: { ip?: string; name?: string; hostname?: string; type_id: number };
  /** Tunnel Activity: the inner end of the tunnel. */
  tunnel_interface?: { ip?: string; name?: string; type_id: number };
  process?: OcsfProcess;
  file?: OcsfFile;
  file_result?: OcsfFile;
  traffic?: {
    bytes?: number;
    bytes_in?: number;
    bytes_out?: number;
    packets?: number;
    packets_in?: number;
    packets_out?: number;
  };
  /** Running totals since the session began, of records that report a session more than once; never to be added up. */
  cumulative_traffic?: OcsfEvent["traffic"];
  connection_info?: {
    uid?: string;
    protocol_name?: string;
    protocol_num?: number;
    direction_id: number;
    direction?: string;
    boundary_id?: number;
    community_uid?: string;
    tcp_flags?: number;
    session?: { uid?: string };
  };
  tls?: { sni?: string; version?: string; cipher?: string; ja3_hash?: OcsfFingerprint; ja3s_hash?: OcsfFingerprint };
  app_name?: string;
  app_protocol_name?: string;
  api?: {
    operation: string;
    service?: { name?: string; uid?: string };
    request?: { uid?: string; data?: Json };
    response?: { code?: number; error?: string; error_message?: string; message?: string };
    group?: { name?: string };
    version?: string;
  };
  /** Cloud profile: with it an event of any class may carry `api`. */
  cloud?: {
    provider: string;
    region?: string;
    account?: { name?: string; uid?: string; type_id?: number };
    org?: { name?: string; uid?: string };
    project_uid?: string;
  };
  resources?: OcsfResource[];
  web_resources?: { name?: string; url_string?: string; uid?: string; type?: string; data?: Json }[];
  entity?: { name?: string; uid?: string; type?: string; data?: Json };
  entity_result?: { name?: string; uid?: string; type?: string; data?: Json };
  service?: { name?: string; uid?: string };
  session?: { uid?: string; credential_uid?: string; issuer?: string; created_time?: number };
  auth_protocol?: string;
  auth_protocol_id?: number;
  is_mfa?: boolean;
  is_remote?: boolean;
  logon_type?: string;
  logon_type_id?: number;
  exit_code?: number;
  /** Detection Finding: what the product found, and what of the traffic or machine it rests on. */
  finding_info?: {
    title: string;
    uid: string;
    desc?: string;
    types?: string[];
    created_time?: number;
    first_seen_time?: number;
    last_seen_time?: number;
    src_url?: string;
    analytic?: { name?: string; uid?: string; type_id: number; type?: string; category?: string; version?: string };
    attacks?: { technique?: { uid: string; name?: string }; tactic?: { uid: string; name?: string } }[];
  };
  evidences?: Pick<
    OcsfEvent,
    | "actor"
    | "connection_info"
    | "device"
    | "dst_endpoint"
    | "file"
    | "http_request"
    | "http_response"
    | "process"
    | "query"
    | "src_endpoint"
    | "tls"
    | "url"
    | "user"
  >[];
  is_alert?: boolean;
  /** SSH Activity: version of the protocol. */
  protocol_ver?: string;
  requested_permissions?: number;
  actual_permissions?: number;
  injection_type_id?: number;
  injection_type?: string;
  access_mask?: number;
  client_hassh?: { algorithm?: string; fingerprint: { algorithm_id: number; value: string } };
  server_hassh?: { algorithm?: string; fingerprint: { algorithm_id: number; value: string } };
  module?: { file?: OcsfFile; load_type_id?: number; function_name?: string };
  driver?: { file: OcsfFile };
  job?: { name: string; cmd_line?: string; file?: OcsfFile };
  script?: {
    script_content: { value: string; is_truncated?: boolean };
    type_id: number;
    type?: string;
    name?: string;
    uid?: string;
    parent_uid?: string;
    file?: OcsfFile;
  };
  group?: { name?: string; uid?: string; domain?: string };
  log_name?: string;
  log_provider?: string;
  log_type_id?: number;
  component?: string;
  auth_type?: string;
  auth_type_id?: number;
  enrichments?: { name: string; value: string; data: Json; type?: string }[];
  raw_data?: string;
  unmapped?: Record<string, unknown>;
}

/** Who did it, as far as policy, inventory and the source tell. */
export interface ActorContext {
  /** Canonical name: the person's e-mail where known, else the login; lower case. null: the source names nobody. */
  name: string | null;
  /** Every name known for this actor, canonical first; lower case, distinct. */
  names: readonly string[];
  /** true: policy names this user or service account; false: policy lists users and this is none; null: policy is silent. */
  sanctioned: boolean | null;
  service_account: boolean;
  /** An account every machine has (root, SYSTEM, Administrator): the same name on two hosts is not the same actor. */
  shared_account: boolean;
  /** From `people[].developer`; null when not stated. */
  developer: boolean | null;
  team: string | null;
}

export interface HostContext {
  /** Lower case, without domain suffix; by inventory where only an address is known. */
  name: string | null;
  /** Role from `sanctioned.hosts`; null when policy does not name the host. */
  role: string | null;
  /** true: policy lets this host talk to repositories (and to this destination); false: it does not; null: policy is silent. */
  sanctioned: boolean | null;
}

export interface DestinationContext {
  /** `host/owner/name` of the code host itself, as far as it is known; see contract.md for the spelling. */
  name: string;
  host: string;
  owner: string | null;
  repository: string | null;
  /** Catalogue id of the code host, for instance `github`; `unknown-forge` for a self-hosted URL shape. */
  service: string;
  /** What that service is, by the catalogue. */
  kind: "code-host" | "registry" | "paste" | "workspace";
  /** Which end point of the code host: what the traffic can carry. */
  endpoint: "git" | "api" | "upload" | "lfs" | "gist" | "raw" | "ssh" | "web" | "registry" | "unknown";
  /** What is being done there, as far as it shows. */
  operation:
    | "push"
    | "fetch"
    | "upload"
    | "create"
    | "change"
    | "share"
    | "delete"
    | "read"
    | "connect"
    | "resolve"
    | "unknown";
  /** By `sanctioned.repositories` and `RepoDomainList`. unknown: the repository does not show and the host is allowed. */
  verdict: "sanctioned" | "unsanctioned" | "unknown";
  /** false: neither RepoDomainList nor a sanctioned repository names the host; null: policy is silent. */
  host_allowed: boolean | null;
  visibility: "public" | "private" | "unknown";
  /** The sanctioned name this one imitates, or null. */
  look_alike_of: string | null;
  /** How the destination was recognised, which is what later blind spots depend on. */
  seen_by: "audit" | "url" | "sni" | "dns" | "address" | "command-line" | "hostname";
}

/** Facts that policy, inventory and catalogue add to an event. Usable in any rule as `context.*`. */
export interface Context {
  actor: ActorContext;
  host: HostContext;
  /** The client's address, IPv6 compressed; sanctioned by `sanctioned.addresses`. */
  address: { ip: string | null; sanctioned: boolean | null };
  destination: DestinationContext | null;
  /** Catalogue id of the cloud's object storage the event talks to, for instance `aws-s3`; code hosts hand payloads to it. */
  object_storage: string | null;
  /** true within WorkHours, false outside, null when policy states none. */
  work_hours: boolean | null;
  /** The file or a path in the command line lies under `sensitive_paths`. */
  sensitive_path: boolean;
}

export interface Activity {
  /** Id of the source map that read it, for instance `github-audit`. */
  readonly source: string;
  readonly event: OcsfEvent;
  readonly context: Context;
}
