/**
 * OCSF 1.8.0: the classes, what each requires besides the attributes every event has, and the attributes of which it wants at least one.
 * Attributes that only a profile requires are not among them.
 *
 * @see https://schema.ocsf.io/1.8.0/classes
 */

export interface OcsfClass {
  readonly name: string;
  readonly required: readonly string[];
  readonly oneOf: readonly string[];
  /** Those that not every class has. */
  readonly attributes: ReadonlySet<string>;
}

/** Of every class. */
export const OCSF_COMMON: ReadonlySet<string> = new Set(
  "action action_id activity_id activity_name actor api attacks authorizations category_name category_uid class_name class_uid cloud confidence confidence_id confidence_score count device disposition disposition_id duration end_time enrichments firewall_rule is_alert malware malware_scan_info message metadata observables osint policy raw_data raw_data_hash raw_data_size risk_details risk_level risk_level_id risk_score severity severity_id start_time status status_code status_detail status_id time timezone_offset type_name type_uid unmapped".split(
    " ",
  ),
);

const words = (text: string): readonly string[] => (text === "" ? [] : text.split(" "));

export const OCSF_CLASSES: ReadonlyMap<number, OcsfClass> = new Map(
  (
    [
      [0, "Base Event", "", "", ""],
      [
        1001,
        "File System Activity",
        "actor device file",
        "",
        "access_mask component connection_uid create_mask file file_diff file_result",
      ],
      [1002, "Kernel Extension Activity", "actor device driver", "", "driver"],
      [1003, "Kernel Activity", "actor device kernel", "", "kernel"],
      [
        1004,
        "Memory Activity",
        "actor device process",
        "",
        "actual_permissions base_address process requested_permissions size",
      ],
      [1005, "Module Activity", "actor device module", "", "module"],
      [1006, "Scheduled Job Activity", "device job", "", "job"],
      [
        1007,
        "Process Activity",
        "actor device process",
        "",
        "actual_permissions ai_model exit_code injection_type injection_type_id launch_type launch_type_id message_context module process requested_permissions",
      ],
      [
        1008,
        "Event Log Activity",
        "",
        "log_file log_name log_provider log_type log_type_id",
        "dst_endpoint file log_name log_provider log_type log_type_id src_endpoint",
      ],
      [1009, "Script Activity", "actor device script", "", "script"],
      [1010, "Peripheral Activity", "actor device peripheral_device", "", "peripheral_device"],
      [
        2001,
        "Security Finding",
        "finding state_id",
        "",
        "analytic cis_csc compliance data_sources evidence finding impact impact_id impact_score kill_chain nist process resources state state_id vulnerabilities",
      ],
      [
        2002,
        "Vulnerability Finding",
        "finding_info vulnerabilities",
        "",
        "assignee assignee_group comment finding_info impact impact_id impact_score is_suspected_breach priority priority_id resource resources src_url ticket tickets vendor_attributes verdict verdict_id vulnerabilities",
      ],
      [
        2003,
        "Compliance Finding",
        "finding_info compliance",
        "",
        "assignee assignee_group comment compliance evidences finding_info impact impact_id impact_score is_suspected_breach priority priority_id remediation resource resources src_url ticket tickets vendor_attributes verdict verdict_id",
      ],
      [
        2004,
        "Detection Finding",
        "finding_info",
        "",
        "anomaly_analyses assignee assignee_group comment evidences finding_info impact impact_id impact_score is_suspected_breach priority priority_id remediation resources src_url ticket tickets vendor_attributes verdict verdict_id vulnerabilities",
      ],
      [
        2005,
        "Incident Finding",
        "status_id finding_info_list",
        "assignee assignee_group",
        "assignee assignee_group comment desc finding_info_list impact impact_id impact_score is_suspected_breach priority priority_id src_url ticket tickets vendor_attributes verdict verdict_id",
      ],
      [
        2006,
        "Data Security Finding",
        "finding_info",
        "",
        "assignee assignee_group comment data_security database databucket dst_endpoint file finding_info impact impact_id impact_score is_suspected_breach priority priority_id resources src_endpoint src_url table ticket tickets vendor_attributes verdict verdict_id",
      ],
      [
        2007,
        "Application Security Posture Finding",
        "finding_info",
        "application compliance remediation vulnerabilities",
        "application assignee assignee_group comment compliance finding_info impact impact_id impact_score is_suspected_breach priority priority_id remediation resources src_url ticket tickets vendor_attributes verdict verdict_id vulnerabilities",
      ],
      [
        2008,
        "IAM Analysis Finding",
        "finding_info",
        "access_analysis_result applications identity_activity_metrics permission_analysis_results",
        "access_analysis_result applications assignee assignee_group comment finding_info identity_activity_metrics impact impact_id impact_score is_suspected_breach permission_analysis_results priority priority_id remediation resources src_url ticket tickets user vendor_attributes verdict verdict_id",
      ],
      [
        3001,
        "Account Change",
        "user",
        "",
        "auth_factors http_request http_response policies src_endpoint user user_result",
      ],
      [
        3002,
        "Authentication",
        "user",
        "service dst_endpoint",
        "account_switch_type account_switch_type_id auth_factors auth_protocol auth_protocol_id authentication_token certificate dst_endpoint http_request http_response is_cleartext is_mfa is_new_logon is_remote logon_process logon_type logon_type_id service session src_endpoint user",
      ],
      [
        3003,
        "Authorize Session",
        "user",
        "",
        "dst_endpoint group http_request http_response privileges session src_endpoint user",
      ],
      [
        3004,
        "Entity Management",
        "entity",
        "",
        "access_list access_mask comment entity entity_result http_request http_response src_endpoint",
      ],
      [
        3005,
        "User Access Management",
        "privileges user",
        "",
        "http_request http_response privileges resource resources src_endpoint user",
      ],
      [
        3006,
        "Group Management",
        "group",
        "",
        "group http_request http_response privileges resource src_endpoint subgroup user",
      ],
      [
        4001,
        "Network Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name connection_info cumulative_traffic dst_endpoint is_src_dst_assignment_known ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls traffic url",
      ],
      [
        4002,
        "HTTP Activity",
        "",
        "http_request http_response",
        "app_name app_protocol_name connection_info cumulative_traffic dst_endpoint file http_cookies http_request http_response http_status ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls trace traffic",
      ],
      [
        4003,
        "DNS Activity",
        "",
        "dst_endpoint src_endpoint",
        "answers app_name app_protocol_name connection_info cumulative_traffic dst_endpoint ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic query query_time rcode rcode_id response_time src_endpoint tls traffic",
      ],
      [
        4004,
        "DHCP Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name connection_info cumulative_traffic dst_endpoint is_renewal ja4_fingerprint_list lease_dur load_balancer network_observation_point observation_point observation_point_id packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic relay src_endpoint tls traffic transaction_uid",
      ],
      [
        4005,
        "RDP Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name capabilities certificate_chain connection_info cumulative_traffic dst_endpoint file identifier_cookie ja4_fingerprint_list keyboard_info load_balancer network_observation_point observation_point observation_point_id packet_list protocol_ver proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic remote_display request response src_endpoint tls traffic user",
      ],
      [
        4006,
        "SMB Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name client_dialects command connection_info cumulative_traffic dce_rpc dialect dst_endpoint file ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id open_type packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic response share share_type share_type_id src_endpoint tls traffic tree_uid",
      ],
      [
        4007,
        "SSH Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name auth_type auth_type_id client_hassh connection_info cumulative_traffic dst_endpoint file ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list protocol_ver proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic server_hassh src_endpoint tls traffic",
      ],
      [
        4008,
        "FTP Activity",
        "",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name codes command command_responses connection_info cumulative_traffic dst_endpoint file ja4_fingerprint_list load_balancer name network_observation_point observation_point observation_point_id packet_list port proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls traffic type",
      ],
      [
        4009,
        "Email Activity",
        "direction_id email",
        "",
        "attempt banner command direction direction_id dst_endpoint email email_auth from message_trace_uid protocol_name smtp_hello src_endpoint to",
      ],
      [
        4010,
        "Network File Activity",
        "actor src_endpoint file",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name connection_info cumulative_traffic dst_endpoint expiration_time file ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls traffic",
      ],
      [4011, "Email File Activity", "email_uid file", "", "email_uid file"],
      [4012, "Email URL Activity", "email_uid url", "", "email_uid url"],
      [
        4013,
        "NTP Activity",
        "version",
        "dst_endpoint src_endpoint",
        "app_name app_protocol_name connection_info cumulative_traffic delay dispersion dst_endpoint ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list precision proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint stratum stratum_id tls traffic version",
      ],
      [
        4014,
        "Tunnel Activity",
        "",
        "connection_info session src_endpoint traffic tunnel_interface tunnel_type_id",
        "app_name app_protocol_name connection_info cumulative_traffic dst_endpoint ja4_fingerprint_list load_balancer network_observation_point observation_point observation_point_id packet_list protocol_name proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic session src_endpoint tls traffic tunnel_interface tunnel_type tunnel_type_id user",
      ],
      [
        6001,
        "Web Resources Activity",
        "web_resources",
        "",
        "dst_endpoint http_request http_response proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls web_resources web_resources_result",
      ],
      [6002, "Application Lifecycle", "app", "", "app"],
      [
        6003,
        "API Activity",
        "api actor src_endpoint",
        "",
        "ai_model dst_endpoint http_request http_response message_context resources src_endpoint trace",
      ],
      [
        6004,
        "Web Resource Access Activity",
        "http_request web_resources",
        "",
        "http_request http_response proxy proxy_connection_info proxy_endpoint proxy_http_request proxy_http_response proxy_tls proxy_traffic src_endpoint tls web_resources",
      ],
      [
        6005,
        "Datastore Activity",
        "actor src_endpoint",
        "database databucket table",
        "ai_model database databucket dst_endpoint http_request http_response message_context query_info src_endpoint table type type_id",
      ],
      [
        6006,
        "File Hosting Activity",
        "actor file src_endpoint",
        "",
        "access_list access_mask access_result connection_info dst_endpoint expiration_time file file_result http_request http_response share share_type share_type_id src_endpoint",
      ],
      [
        6007,
        "Scan Activity",
        "scan",
        "",
        "command_uid num_detections num_files num_folders num_network_items num_processes num_registry_items num_resolutions num_skipped_items num_trusted_items scan schedule_uid total",
      ],
      [6008, "Application Error", "", "", ""],
    ] as const
  ).map(([uid, name, required, oneOf, attributes]) => [
    uid,
    { name, required: words(required), oneOf: words(oneOf), attributes: new Set(words(attributes)) },
  ]),
);
