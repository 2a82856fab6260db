/**
 * OCSF 1.8.0: the kinds of attributes, of events (of all classes) and of the objects that later stages read. Each is kinds with the
 * attributes of that kind: `text`, `int`, `float`, `bool`, `json`, `ip`, `port`, `mail`, or `@object`; `[]` makes it a list.
 *
 * @see https://schema.ocsf.io/1.8.0/objects
 */

/** Attribute -> kind. */
export type OcsfKinds = ReadonlyMap<string, string>;

function kinds(text: string): OcsfKinds {
  return new Map(
    text.split("; ").flatMap((line) => {
      const [kind, names] = line.split(": ") as [string, string];
      return names.split(" ").map((name) => [name, kind] as const);
    }),
  );
}

/** Top-level attributes of any class. */
export const OCSF_EVENT_KINDS: OcsfKinds = kinds(
  [
    "@access_analysis_result: access_analysis_result",
    "@actor: actor",
    "@ai_model: ai_model",
    "@analytic: analytic",
    "@anomaly_analysis[]: anomaly_analyses",
    "@api: api",
    "@application: application",
    "@application[]: applications",
    "@attack[]: attacks",
    "@auth_factor[]: auth_factors",
    "@authentication_token: authentication_token",
    "@authorization[]: authorizations",
    "@certificate: certificate",
    "@cis_csc[]: cis_csc",
    "@cloud: cloud",
    "@compliance: compliance",
    "@data_security: data_security",
    "@database: database",
    "@databucket: databucket",
    "@dce_rpc: dce_rpc",
    "@device: device",
    "@display: remote_display",
    "@dns_answer[]: answers",
    "@dns_query: query",
    "@email: email",
    "@email_auth: email_auth",
    "@enrichment[]: enrichments",
    "@evidences[]: evidences",
    "@file: file file_result",
    "@finding: finding",
    "@finding_info: finding_info",
    "@finding_info[]: finding_info_list",
    "@fingerprint: raw_data_hash",
    "@firewall_rule: firewall_rule",
    "@group: assignee_group group subgroup",
    "@hassh: client_hassh server_hassh",
    "@http_cookie[]: http_cookies",
    "@http_request: http_request proxy_http_request",
    "@http_response: http_response proxy_http_response",
    "@identity_activity_metrics: identity_activity_metrics",
    "@ja4_fingerprint[]: ja4_fingerprint_list",
    "@job: job",
    "@kernel: kernel",
    "@kernel_driver: driver",
    "@keyboard_info: keyboard_info",
    "@kill_chain_phase[]: kill_chain",
    "@load_balancer: load_balancer",
    "@malware[]: malware",
    "@malware_scan_info: malware_scan_info",
    "@managed_entity: entity entity_result",
    "@message_context: message_context",
    "@metadata: metadata",
    "@module: module",
    "@network_connection_info: connection_info proxy_connection_info",
    "@network_endpoint: dst_endpoint network_observation_point src_endpoint",
    "@network_interface: relay tunnel_interface",
    "@network_proxy: proxy proxy_endpoint",
    "@network_traffic: cumulative_traffic proxy_traffic traffic",
    "@object: unmapped",
    "@observable[]: observables",
    "@osint[]: osint",
    "@packet[]: packet_list",
    "@peripheral_device: peripheral_device",
    "@permission_analysis_result[]: permission_analysis_results",
    "@policy: policy",
    "@policy[]: policies",
    "@process: logon_process process",
    "@product: app",
    "@query_info: query_info",
    "@remediation: remediation",
    "@request: request",
    "@resource_details: resource",
    "@resource_details[]: resources",
    "@response: response",
    "@scan: scan",
    "@script: script",
    "@service: service",
    "@session: session",
    "@table: table",
    "@ticket: ticket",
    "@ticket[]: tickets",
    "@tls: proxy_tls tls",
    "@trace: trace",
    "@url: url",
    "@user: assignee user user_result",
    "@vendor_attributes: vendor_attributes",
    "@vulnerability[]: vulnerabilities",
    "@web_resource[]: web_resources web_resources_result",
    "bool: is_alert is_cleartext is_mfa is_new_logon is_remote is_renewal is_src_dst_assignment_known is_suspected_breach",
    "int: access_mask account_switch_type_id action_id activity_id actual_permissions attempt auth_protocol_id auth_type_id category_uid class_uid confidence_id confidence_score count delay direction_id dispersion disposition_id duration end_time exit_code expiration_time http_status impact_id impact_score injection_type_id launch_type_id lease_dur log_type_id logon_type_id num_detections num_files num_folders num_network_items num_processes num_registry_items num_resolutions num_skipped_items num_trusted_items observation_point_id precision priority_id query_time raw_data_size rcode_id requested_permissions response_time risk_level_id risk_score severity_id share_type_id size start_time state_id status_id stratum_id time timezone_offset total tunnel_type_id type_id type_uid verdict_id",
    "int[]: codes",
    "json: access_result evidence",
    "mail: from",
    "mail[]: to",
    "port: port",
    "text: account_switch_type action activity_name app_name app_protocol_name auth_protocol auth_type banner base_address category_name class_name command command_uid comment component confidence connection_uid create_mask desc dialect direction disposition email_uid file_diff identifier_cookie impact injection_type launch_type log_name log_provider log_type logon_type message message_trace_uid name observation_point open_type priority protocol_name protocol_ver raw_data rcode risk_details risk_level schedule_uid severity share share_type smtp_hello src_url state status status_code status_detail stratum transaction_uid tree_uid tunnel_type type type_name verdict version",
    "text[]: access_list capabilities certificate_chain client_dialects command_responses data_sources nist privileges",
  ].join("; "),
);

/** Objects whose insides are checked; others are taken as they are. */
export const OCSF_OBJECT_KINDS: ReadonlyMap<string, OcsfKinds> = new Map([
  [
    "metadata",
    kinds(
      "@data_classification: data_classification; @data_classification[]: data_classifications; @extension: extension; @extension[]: extensions; @key_value_object[]: tags; @logger[]: loggers; @product: product; @reporter: reporter; @timespan: total_queued_duration; @transformation_info[]: transformation_info_list; bool: is_truncated; int: logged_time modified_time processed_time sequence transmit_time untruncated_size; text: correlation_uid event_code log_format log_level log_name log_provider log_source log_version original_event_uid original_time source tenant_uid type uid version; text[]: debug labels profiles",
    ),
  ],
  [
    "product",
    kinds(
      "@data_classification: data_classification; @data_classification[]: data_classifications; @feature: feature; text: cpe_name lang name path uid url_string vendor_name version",
    ),
  ],
  ["reporter", kinds("@organization: org; ip: ip; text: hostname name uid")],
  [
    "actor",
    kinds(
      "@authorization[]: authorizations; @idp: idp; @process: process; @session: session; @user: user; text: app_name app_uid invoked_by",
    ),
  ],
  [
    "user",
    kinds(
      "@account: account; @group[]: groups; @ldap_person: ldap_person; @organization: org; @programmatic_credential[]: programmatic_credentials; bool: has_mfa; int: risk_level_id risk_score type_id; mail: email_addr forward_addr; text: credential_uid display_name domain full_name name phone_number risk_level type uid uid_alt",
    ),
  ],
  [
    "account",
    kinds(
      "@key_value_object[]: tags; bool: is_disabled is_locked is_on_premises_sync_enabled; int: type_id; text: name type uid; text[]: labels",
    ),
  ],
  ["organization", kinds("text: name ou_name ou_uid uid")],
  [
    "process",
    kinds(
      "@container: container; @environment_variable[]: environment_variables; @file: file; @object: xattributes; @process: parent_process; @process_entity[]: ancestry; @session: session; @user: user; int: created_time integrity_id namespace_pid pid ptid terminated_time tid; text: cmd_line cpid integrity name path sandbox uid working_directory; text[]: lineage loaded_modules",
    ),
  ],
  [
    "file",
    kinds(
      "@data_classification: data_classification; @data_classification[]: data_classifications; @digital_signature: signature; @digital_signature[]: signatures; @encryption_details: encryption_details; @fingerprint[]: hashes; @key_value_object[]: tags; @object: xattributes; @product: product; @url: url; @user: accessor creator modifier owner; bool: is_deleted is_encrypted is_public is_readonly is_system; int: accessed_time attributes confidentiality_id created_time drive_type_id modified_time size type_id; text: company_name confidentiality desc drive_type ext internal_name mime_type name parent_folder path security_descriptor storage_class type uid uri version volume; text[]: imported_symbols",
    ),
  ],
  ["fingerprint", kinds("int: algorithm_id; text: algorithm value")],
  [
    "network_endpoint",
    kinds(
      "@agent[]: agent_list; @autonomous_system: autonomous_system; @container: container; @device_hw_info: hw_info; @fingerprint[]: fingerprints; @group: pool; @location: location; @network_proxy: proxy_endpoint; @os: os; @user: owner; int: namespace_pid network_scope_id type_id; ip: ip; ip[]: intermediate_ips; port: port; text: domain hostname instance_uid interface_name interface_uid isp isp_org mac mac_vendor name network_scope subnet_uid svc_name type uid vlan_uid vpc_uid zone",
    ),
  ],
  [
    "endpoint",
    kinds(
      "@agent[]: agent_list; @container: container; @device_hw_info: hw_info; @group: pool; @location: location; @os: os; @user: owner; int: namespace_pid type_id; ip: ip; text: domain hostname instance_uid interface_name interface_uid mac mac_vendor name subnet_uid type uid vlan_uid vpc_uid zone",
    ),
  ],
  [
    "location",
    kinds(
      "bool: is_on_premises; float: lat long; float[]: coordinates; text: aerial_height city continent country desc geodetic_altitude geodetic_vertical_accuracy geohash horizontal_accuracy isp postal_code pressure_altitude provider region",
    ),
  ],
  ["autonomous_system", kinds("int: number; text: name")],
  [
    "device",
    kinds(
      "@agent[]: agent_list; @container: container; @device_hw_info: hw_info; @group: pool; @group[]: groups; @image: image; @location: location; @network_interface[]: network_interfaces; @organization: org; @os: os; @user: owner; bool: is_backed_up is_compliant is_managed is_mobile_account_active is_personal is_shared is_supervised is_trusted; int: boot_time created_time first_seen_time last_seen_time modified_time namespace_pid risk_level_id risk_score type_id; ip: ip; text: autoscale_uid boot_uid desc domain eid hostname hypervisor iccid imei instance_uid interface_name interface_uid mac mac_vendor meid model name os_machine_uuid region risk_level subnet subnet_uid type udid uid uid_alt vendor_name vlan_uid vpc_uid zone; text[]: imei_list",
    ),
  ],
  [
    "os",
    kinds(
      "int: cpu_bits sp_ver type_id; text: build country cpe_name edition kernel_release lang name sp_name type version",
    ),
  ],
  [
    "url",
    kinds(
      "int[]: category_ids; port: port; text: domain hostname path query_string resource_type scheme subdomain url_string; text[]: categories",
    ),
  ],
  [
    "http_request",
    kinds(
      "@http_header[]: http_headers; @url: url; int: body_length length; ip[]: x_forwarded_for; text: args http_method referrer uid user_agent version",
    ),
  ],
  [
    "http_response",
    kinds("@http_header[]: http_headers; int: body_length code latency length; text: content_type message status"),
  ],
  ["dns_query", kinds("int: opcode_id packet_uid; text: class hostname opcode type")],
  ["dns_answer", kinds("int: packet_uid ttl; int[]: flag_ids; text: class rdata type; text[]: flags")],
  [
    "network_traffic",
    kinds(
      "@timespan: timespan; int: bytes bytes_in bytes_missed bytes_out chunks chunks_in chunks_out end_time packets packets_in packets_out start_time",
    ),
  ],
  [
    "network_connection_info",
    kinds(
      "@session: session; int: boundary_id direction_id protocol_num protocol_ver_id tcp_flags; text: boundary community_uid direction flag_history protocol_name protocol_ver uid",
    ),
  ],
  [
    "tls",
    kinds(
      "@certificate: certificate; @fingerprint: ja3_hash ja3s_hash; @san[]: sans; @tls_extension[]: extension_list tls_extension_list; int: alert handshake_dur key_length; text: cipher sni version; text[]: certificate_chain client_ciphers server_ciphers",
    ),
  ],
  [
    "api",
    kinds(
      "@group: group; @request: request; @response: response; @service: service; @token: token; text: operation version",
    ),
  ],
  ["service", kinds("@key_value_object[]: tags; text: name uid version; text[]: labels")],
  ["request", kinds("@container[]: containers; json: data; text: uid; text[]: flags")],
  [
    "response",
    kinds("@container[]: containers; int: code; json: data; text: error error_message message; text[]: flags"),
  ],
  ["cloud", kinds("@account: account; @organization: org; text: cloud_partition project_uid provider region zone")],
  [
    "resource_details",
    kinds(
      "@agent[]: agent_list; @data_classification: data_classification; @data_classification[]: data_classifications; @graph: resource_relationship; @group: group; @key_value_object[]: tags; @user: owner; bool: is_backed_up; int: created_time modified_time role_id; ip: ip; json: data; text: cloud_partition criticality hostname name namespace provider region role type uid uid_alt version zone; text[]: labels",
    ),
  ],
  [
    "web_resource",
    kinds(
      "@data_classification: data_classification; @data_classification[]: data_classifications; @key_value_object[]: tags; int: created_time modified_time; json: data; text: desc name type uid uid_alt url_string; text[]: labels",
    ),
  ],
  [
    "managed_entity",
    kinds(
      "@device: device; @email: email; @group: group; @location: location; @organization: org; @policy: policy; @user: user; int: type_id; json: data; text: name type uid version",
    ),
  ],
  [
    "session",
    kinds(
      "bool: is_mfa is_remote is_vpn; int: count created_time expiration_time; text: credential_uid expiration_reason issuer terminal uid uid_alt uuid",
    ),
  ],
  [
    "script",
    kinds(
      "@file: file; @fingerprint[]: hashes; @long_string: script_content; int: type_id; text: name parent_uid type uid",
    ),
  ],
  [
    "firewall_rule",
    kinds(
      "int: duration rate_limit; text: category condition desc match_location name sensitivity type uid version; text[]: match_details",
    ),
  ],
  ["policy", kinds("@group: group; bool: is_applied; json: data; text: desc name type uid version")],
  [
    "finding_info",
    kinds(
      "@analytic: analytic; @analytic[]: related_analytics; @attack[]: attacks; @graph: attack_graph; @key_value_object[]: tags; @kill_chain_phase[]: kill_chain; @product: product; @related_event[]: related_events; @trait[]: traits; int: created_time first_seen_time last_seen_time modified_time related_events_count; text: desc product_uid src_url title uid uid_alt; text[]: data_sources types",
    ),
  ],
  [
    "evidences",
    kinds(
      "@actor: actor; @api: api; @container: container; @database: database; @databucket: databucket; @device: device; @dns_query: query; @email: email; @file: file; @http_request: http_request; @http_response: http_response; @ja4_fingerprint[]: ja4_fingerprint_list; @job: job; @network_connection_info: connection_info; @network_endpoint: dst_endpoint src_endpoint; @process: process; @resource_details[]: resources; @script: script; @tls: tls; @url: url; @user: user; int: verdict_id; json: data; text: name uid verdict",
    ),
  ],
  [
    "analytic",
    kinds(
      "@analytic[]: related_analytics; int: state_id type_id; text: algorithm category desc name state type uid version",
    ),
  ],
  [
    "attack",
    kinds(
      "@mitigation: mitigation; @sub_technique: sub_technique; @tactic: tactic; @tactic[]: tactics; @technique: technique; text: version",
    ),
  ],
  ["technique", kinds("text: name src_url uid")],
  ["tactic", kinds("text: name src_url uid")],
  ["group", kinds("text: desc domain name type uid uid_alt; text[]: privileges")],
  [
    "job",
    kinds(
      "@file: file; @user: user; int: created_time last_run_time next_run_time run_state_id; text: cmd_line desc name run_state",
    ),
  ],
  [
    "module",
    kinds(
      "@file: file; @function_invocation: function_invocation; int: load_type_id; text: base_address function_name load_type start_address type",
    ),
  ],
  ["kernel_driver", kinds("@file: file")],
  [
    "enrichment",
    kinds(
      "@reputation: reputation; int: created_time; json: data; text: desc name provider short_desc src_url type value",
    ),
  ],
  ["authorization", kinds("@policy: policy; text: decision")],
  ["process_entity", kinds("int: created_time pid; text: cmd_line cpid name path uid")],
  [
    "network_proxy",
    kinds(
      "@agent[]: agent_list; @autonomous_system: autonomous_system; @container: container; @device_hw_info: hw_info; @fingerprint[]: fingerprints; @group: pool; @location: location; @network_proxy: proxy_endpoint; @os: os; @user: owner; int: namespace_pid network_scope_id type_id; ip: ip; ip[]: intermediate_ips; port: port; text: domain hostname instance_uid interface_name interface_uid isp isp_org mac mac_vendor name network_scope subnet_uid svc_name type uid vlan_uid vpc_uid zone",
    ),
  ],
]);

/** What an object requires. */
export const OCSF_OBJECT_REQUIRED: ReadonlyMap<string, readonly string[]> = new Map([
  ["file", ["name", "type_id"]],
  ["fingerprint", ["algorithm_id", "value"]],
  ["device", ["type_id"]],
  ["os", ["name", "type_id"]],
  ["http_response", ["code"]],
  ["dns_query", ["hostname"]],
  ["dns_answer", ["rdata"]],
  ["network_connection_info", ["direction_id"]],
  ["tls", ["version"]],
  ["api", ["operation"]],
  ["request", ["uid"]],
  ["cloud", ["provider"]],
  ["script", ["script_content", "type_id"]],
  ["finding_info", ["uid"]],
  ["analytic", ["type_id"]],
  ["job", ["name"]],
  ["kernel_driver", ["file"]],
  ["enrichment", ["data", "name", "value"]],
]);

/** Objects of whose attributes at least one must be there. */
export const OCSF_OBJECT_ONE_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["product", "name uid".split(" ")],
  ["reporter", "hostname ip name uid".split(" ")],
  ["actor", "process user invoked_by session app_name app_uid".split(" ")],
  ["user", "account name uid".split(" ")],
  ["account", "name uid".split(" ")],
  ["organization", "name uid".split(" ")],
  ["process", "pid uid cpid".split(" ")],
  ["network_endpoint", "ip uid name hostname svc_name instance_uid interface_uid interface_name domain".split(" ")],
  ["endpoint", "ip uid name hostname instance_uid interface_uid interface_name".split(" ")],
  ["location", "city country postal_code region".split(" ")],
  ["autonomous_system", "number name".split(" ")],
  ["device", "ip uid name hostname instance_uid interface_uid interface_name".split(" ")],
  ["url", "url_string path".split(" ")],
  ["service", "name uid".split(" ")],
  ["resource_details", "name uid".split(" ")],
  ["web_resource", "name uid".split(" ")],
  ["managed_entity", "name uid device group org policy user".split(" ")],
  ["firewall_rule", "name uid".split(" ")],
  ["policy", "name type uid".split(" ")],
  [
    "evidences",
    "actor api connection_info data database databucket device dst_endpoint email file process query resources src_endpoint url user job script".split(
      " ",
    ),
  ],
  ["analytic", "name uid".split(" ")],
  ["attack", "tactic technique sub_technique".split(" ")],
  ["technique", "name uid".split(" ")],
  ["tactic", "name uid".split(" ")],
  ["group", "name uid".split(" ")],
  ["module", "load_type_id function_name".split(" ")],
  ["process_entity", "cmd_line name path pid uid cpid".split(" ")],
  ["network_proxy", "ip uid name hostname svc_name instance_uid interface_uid interface_name domain".split(" ")],
]);
