/**
 * Names that NSS feed templates of Zscaler Internet Access give the same field, and the column orders of the feeds'
 * default comma-separated output. A customer may rename every field: these are the names of the vendor's templates
 * (Splunk, QRadar, ArcSight, Sentinel, LogRhythm, JSON) and the format specifiers themselves.
 *
 * @see https://help.zscaler.com/zia/nss-feed-output-format-web-logs
 * @see https://help.zscaler.com/zia/nss-feed-output-format-firewall-logs
 * @see https://help.zscaler.com/zia/nss-feed-output-format-dns-logs
 */

export type NssField =
  | "time"
  | "epoch"
  | "zone"
  | "recordId"
  | "user"
  | "action"
  | "requestAction"
  | "responseAction"
  | "reason"
  | "rule"
  | "requestRule"
  | "clientIp"
  | "publicIp"
  | "clientPort"
  | "serverIp"
  | "serverPort"
  | "host"
  | "url"
  | "urlBase64"
  | "protocol"
  | "method"
  | "status"
  | "agent"
  | "referrer"
  | "referrerBase64"
  | "version"
  | "requestSize"
  | "responseSize"
  | "totalSize"
  | "contentType"
  | "category"
  | "app"
  | "deviceHost"
  | "deviceName"
  | "deviceOs"
  | "uploadName"
  | "sha256"
  | "duration"
  | "inBytes"
  | "outBytes"
  | "natClientIp"
  | "natClientPort"
  | "service"
  | "sessions"
  | "query"
  | "queryType"
  | "response"
  | "responseType"
  | "dnsError"
  | "tunnelRecord"
  | "tunnelType"
  | "tunnelEvent"
  | "tunnelSource"
  | "tunnelSourcePort"
  | "tunnelDestination"
  | "tunnelDestinationPort"
  | "sent"
  | "received";

/** Most specific first. The names of CEF (`suser`) and LEEF (`usrName`) keys are those the vendor's own templates use. */
export const NSS_NAMES: Readonly<Record<NssField, readonly string[]>> = {
  time: ["datetime", "time", "devTime", "rt", "timestamp"],
  epoch: ["epochtime"],
  zone: ["tz", "timezone"],
  recordId: ["recordid", "event_id", "externalId", "recordId"],
  user: ["login", "user", "suser", "usrName", "username", "duser", "elogin"],
  action: ["action", "act", "actual_action", "cat_action"],
  requestAction: ["reqaction"],
  responseAction: ["resaction"],
  reason: ["reason", "policy"],
  rule: ["rulelabel", "urlfilterrulelabel", "rule", "apprulelabel", "rulename"],
  requestRule: ["reqrulelabel", "resrulelabel"],
  clientIp: ["csip", "clt_sip", "cip", "cltip", "ClientIP", "clientip", "src", "client_ip", "srcip"],
  publicIp: [
    "clientpublicIP",
    "clientpublicip",
    "cltpubip",
    "cpubip",
    "cintip",
    "cltintip",
    "srcPostNAT",
    "sourceTranslatedAddress",
  ],
  clientPort: ["csport", "clt_sport", "cltsourceport", "spt", "clientport", "srcPort"],
  serverIp: ["cdip", "srv_dip", "serverip", "sip", "dst", "server_ip", "dstip", "sdip"],
  serverPort: ["cdport", "srv_dport", "dpt", "serverport", "dstPort", "sdport"],
  host: ["hostname", "host", "ehost", "dhost", "cdfqdn", "cltdomain"],
  url: ["eurl", "url", "request"],
  urlBase64: ["b64url"],
  protocol: ["proto", "protocol", "ipproto", "appproto", "app"],
  method: ["reqmethod", "requestmethod", "requestMethod"],
  status: ["respcode", "status", "actual_status", "outcome"],
  agent: ["useragent", "ua", "eua", "requestClientApplication"],
  referrer: ["refererURL", "refererurl", "ereferer", "referer", "requestContext"],
  referrerBase64: ["b64referer"],
  version: ["reqversion"],
  requestSize: ["requestsize", "reqsize", "srcBytes", "out"],
  responseSize: ["responsesize", "respsize", "dstBytes", "in"],
  totalSize: ["transactionsize", "totalsize"],
  contentType: ["contenttype"],
  category: ["urlcategory", "urlcat", "urlsubcat", "category", "domcat", "cat"],
  app: ["appname", "destinationServiceName", "nwapp", "nwApp", "dnsapp"],
  deviceHost: ["devicehostname", "dvchost"],
  deviceName: ["devicename"],
  deviceOs: ["deviceostype"],
  uploadName: ["upload_filename", "filename"],
  sha256: ["sha256"],
  duration: ["durationms"],
  inBytes: ["inbytes", "in"],
  outBytes: ["outbytes", "out"],
  natClientIp: ["tsip", "sourceTranslatedAddress"],
  natClientPort: ["tunsport", "tsport", "sourceTranslatedPort"],
  service: ["nwsvc", "nwService"],
  sessions: ["numsessions"],
  query: ["dns_req", "req", "domain"],
  queryType: ["dns_reqtype", "reqtype"],
  response: ["dns_resp", "res"],
  responseType: ["restype"],
  dnsError: ["error", "dnserror"],
  tunnelRecord: ["Recordtype", "recordtype"],
  tunnelType: ["tunneltype", "tuntype"],
  tunnelEvent: ["event"],
  tunnelSource: ["sourceip", "src"],
  tunnelSourcePort: ["sourceport", "spt"],
  tunnelDestination: ["destinationip", "dst"],
  tunnelDestinationPort: ["destinationport", "dpt"],
  sent: ["txbytes"],
  received: ["rxbytes"],
};

/** Every name above: how many of them a header line holds tells whether it is one. */
export const NSS_KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(NSS_NAMES).flat(),
  ...["dept", "department", "location", "urlsupercat", "urlclass", "malwarecat", "malwareclass", "riskscore"],
  ...["dlpeng", "dlpdict", "stime", "ctime", "appclass", "threatname", "ruletype", "unscannabletype", "deviceowner"],
]);

/** The default output of the three feeds, all values quoted; later versions append columns. */
export const NSS_CSV_WEB: readonly string[] = [
  ...["time", "login", "proto", "eurl", "action", "appname", "appclass", "reqsize", "respsize", "stime", "ctime"],
  ...["urlclass", "urlsupercat", "urlcat", "malwarecat", "threatname", "riskscore", "dlpeng", "dlpdict", "location"],
  ...["dept", "cip", "sip", "reqmethod", "respcode", "ua", "ereferer", "ruletype", "rulelabel", "contenttype"],
  ...["unscannabletype", "deviceowner", "devicehostname", "keyprotectiontype"],
];

export const NSS_CSV_FIREWALL: readonly string[] = [
  ...["time", "login", "dept", "location", "cdport", "csport", "sdport", "ssport", "csip", "cdip", "ssip", "sdip"],
  ...["tsip", "tunsport", "tuntype", "action", "dnat", "stateful", "aggregate", "nwsvc", "nwapp", "proto", "ipcat"],
  ...["destcountry", "avgduration", "rulelabel", "inbytes", "outbytes", "duration", "durationms", "numsessions"],
  ...["ipsrulelabel", "threatcat", "threatname", "deviceowner", "devicehostname"],
];

export const NSS_CSV_DNS: readonly string[] = [
  ...["time", "login", "dept", "location", "reqaction", "resaction", "reqrulelabel", "resrulelabel", "dns_reqtype"],
  ...["dns_req", "dns_resp", "srv_dport", "durationms", "clt_sip", "srv_dip", "category", "respipcategory"],
  ...["deviceowner", "devicehostname"],
];
