/** Names that JSON and `key=value` formats for Squid give its `logformat` codes. */

/**
 * The format of Splunk's add-on: `bytes_in` is what Squid took in from the client, `bytes_out` what it sent there.
 *
 * @see https://docs.splunk.com/Documentation/AddOns/released/Squid/Setup
 */
export const SPLUNK_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["tr", ["duration"]],
  [">a", ["src_ip"]],
  [">p", ["src_port"]],
  ["<a", ["dest_ip"]],
  ["<p", ["dest_port"]],
  ["ui", ["user_ident"]],
  ["un", ["user"]],
  ["tl", ["local_time"]],
  ["rm", ["http_method"]],
  ["ru", ["url"]],
  ["{Referer}>h", ["http_referrer"]],
  ["{User-Agent}>h", ["http_user_agent"]],
  [">Hs", ["status"]],
  ["Ss", ["vendor_action"]],
  ["Sh", ["dest_status"]],
  ["mt", ["http_content_type"]],
  ["st", ["bytes"]],
  [">st", ["bytes_in"]],
  ["<st", ["bytes_out"]],
  ["ssl::>sni", ["sni"]],
]);

/** Of JSON templates there is no standard. Sizes count only under names that tell whose they are. */
export const JSON_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["ts", ["ts", "epoch", "time_epoch", "unixtime"]],
  ["tl", ["timestamp", "@timestamp", "time", "date", "datetime", "local_time", "time_local"]],
  ["tr", ["duration", "duration_ms", "response_time", "elapsed", "time_taken", "request_time", "time_elapsed"]],
  [
    ">a",
    ["client", "client_ip", "clientip", "src_ip", "source_ip", "client_address", "remote_ip", "remote_host", "src"],
  ],
  [">p", ["client_port", "src_port", "source_port"]],
  ["un", ["user", "username", "user_name", "auth_user", "ident"]],
  ["rm", ["method", "http_method", "request_method", "verb"]],
  ["ru", ["url", "uri", "request_url", "request_uri", "http_url"]],
  ["rv", ["http_version", "version", "protocol_version"]],
  [">Hs", ["status", "http_status", "status_code", "http_code", "response_code", "code"]],
  [
    "Ss",
    [
      "result",
      "result_code",
      "squid_status",
      "squid_result",
      "cache_status",
      "cache_result",
      "request_status",
      "action",
      "vendor_action",
      "squid_request_status",
      "squidaction",
    ],
  ],
  [
    "Sh",
    [
      "hierarchy",
      "hier",
      "hierarchy_status",
      "squid_hierarchy",
      "hier_code",
      "peer_status",
      "dest_status",
      "hierarchy_code",
    ],
  ],
  ["<a", ["server_ip", "dest_ip", "dst_ip", "peer", "peer_ip", "server", "destination_ip", "upstream"]],
  ["<p", ["server_port", "dest_port", "dst_port"]],
  ["mt", ["content_type", "mime_type", "mime", "http_content_type"]],
  ["{Referer}>h", ["referer", "referrer", "http_referer", "http_referrer"]],
  ["{User-Agent}>h", ["user_agent", "useragent", "http_user_agent", "ua", "agent"]],
  ["{Host}>h", ["host", "http_host"]],
  [">st", ["request_size", "req_size", "request_bytes", "bytes_from_client", "request_length"]],
  [
    "<st",
    ["response_size", "reply_size", "resp_size", "response_bytes", "reply_bytes", "bytes_to_client", "response_length"],
  ],
  ["st", ["total_size", "total_bytes"]],
  ["ssl::>sni", ["sni", "ssl_sni", "tls_sni", "tls_sni_host"]],
]);

/** Sizes whose side depends on where one stands. */
export const AMBIGUOUS_SIZES: readonly string[] = [
  "bytes",
  "size",
  "bytes_in",
  "bytes_out",
  "bytes_sent",
  "bytes_received",
  "sent",
  "received",
];

/** The same codes -> where OPNsense's JSON has them. */
export const ECS_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ["tl", ["@timestamp"]],
  ["tr", ["event.duration"]],
  [">a", ["source.ip"]],
  ["un", ["user.name"]],
  ["rm", ["http.request.method"]],
  ["ru", ["url.original"]],
  ["rv", ["http.version"]],
  [">Hs", ["http.response.status_code", "http.response.body.status_code"]],
  ["<st", ["http.response.bytes"]],
  ["{Referer}>h", ["http.request.referrer"]],
  ["{User-Agent}>h", ["user_agent.original"]],
  ["Ss", ["labels.request_status"]],
  ["Sh", ["labels.hierarchy_status"]],
]);
