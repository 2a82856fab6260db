/**
 * The columns of PAN-OS syslog lines by log type, under the names that PAN-OS gives its log variables. `-` is a column without
 * use. Versions append columns and never move them: 8.x ends before `rule_uuid`, 11.x at `is_offloaded`.
 *
 * @see https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
 */

/** What every type begins with. */
const START = "- receive_time serial type subtype - time_generated";

const SESSION =
  "src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset - sessionid repeatcnt " +
  "sport dport natsport natdport flags proto action";

const DEVICES =
  "src_category src_profile src_model src_vendor src_osfamily src_osversion src_host src_mac " +
  "dst_category dst_profile dst_model dst_vendor dst_osfamily dst_osversion dst_host dst_mac";

const HIERARCHY = "- - - - vsys_name device_name";

const APPLICATION =
  "subcategory_of_app category_of_app technology_of_app risk_of_app characteristic_of_app container_of_app " +
  "tunneled_app is_saas_of_app sanctioned_state_of_app";

function columns(...parts: readonly string[]): readonly string[] {
  return [START, ...parts].join(" ").split(" ");
}

const TRAFFIC = columns(
  SESSION,
  "bytes bytes_sent bytes_received packets start elapsed category - seqno actionflags srcloc dstloc - pkts_sent pkts_received session_end_reason",
  HIERARCHY,
  "action_source - - - - parent_session_id - tunnel - - - - rule_uuid http2_connection - - - - - - -",
  "dynusergroup_name xff_ip",
  DEVICES,
  "container_id pod_namespace pod_name - - hostid serialnumber - - - high_res_timestamp - -",
  APPLICATION,
  "offloaded",
);

const THREAT = columns(
  SESSION,
  "misc threatid category severity direction seqno actionflags srcloc dstloc - contenttype - filedigest cloud url_idx user_agent filetype xff referer sender subject recipient reportid",
  HIERARCHY,
  "file_url - - http_method - - parent_session_id - tunnel thr_category contentver - - - http_headers url_category_list rule_uuid http2_connection",
  "dynusergroup_name xff_ip",
  DEVICES,
  "container_id pod_namespace pod_name - - hostid serialnumber domain_edl - - partial_hash high_res_timestamp reason justification -",
  APPLICATION,
  "cloud_reportid",
);

const DECRYPTION = columns(
  SESSION,
  "tunnel - - - - rule_uuid hs_stage_c2f hs_stage_f2s tls_version tls_keyxchg tls_enc tls_auth policy_name ec_curve err_index root_status chain_status proxy_type cert_serial fingerprint notbefore notafter cert_ver cert_size - - - - - cn issuer_cn root_cn sni error",
);

const SYSTEM = columns("vsys eventid object - - module severity opaque seqno actionflags", HIERARCHY);

const CONFIG = columns("host vsys cmd admin client result path seqno actionflags", HIERARCHY);

const USERID = columns(
  "vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource datasourcetype seqno actionflags",
  HIERARCHY,
);

const GLOBALPROTECT = columns(
  "vsys eventid stage auth_method tunnel_type srcuser srcregion machinename public_ip public_ipv6 private_ip private_ipv6 hostid serialnumber client_ver client_os client_os_ver repeatcnt reason error opaque status location login_duration connect_method error_code portal seqno actionflags high_res_timestamp selection_type response_time priority attempted_gateways gateway",
  HIERARCHY,
);

const AUTHENTICATION = columns(
  "vsys ip user normalize_user object authpolicy repeatcnt authid vendor logset serverprofile opaque clienttype event factorno seqno actionflags",
  HIERARCHY,
);

const HIPMATCH = columns(
  "srcuser vsys machinename os src matchname repeatcnt matchtype - - seqno actionflags",
  HIERARCHY,
  "vsys_id srcipv6 hostid serialnumber mac high_res_timestamp",
);

/** Log type as in the fourth column -> its columns; types that hold no activity have only the beginning. */
export const PANOS_COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ["TRAFFIC", TRAFFIC],
  ["THREAT", THREAT],
  ["DECRYPTION", DECRYPTION],
  ["SYSTEM", SYSTEM],
  ["CONFIG", CONFIG],
  ["USERID", USERID],
  ["GLOBALPROTECT", GLOBALPROTECT],
  ["AUTHENTICATION", AUTHENTICATION],
  ["HIPMATCH", HIPMATCH],
  ["HIP-MATCH", HIPMATCH],
  ...["IPTAG", "CORRELATION", "GTP", "SCTP", "AUDIT", "START", "END"].map((type) => [type, columns()] as const),
]);
