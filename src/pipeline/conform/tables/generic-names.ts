/**
 * Names of common fields in CEF, LEEF and key=value logs of products that have no map of their own -> one set of names.
 *
 * Byte counters are listed only where the name tells whose bytes they are: `in` and `out` of CEF are filled in either sense.
 *
 * @see https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf
 * @see https://www.ibm.com/docs/en/dsm?topic=leef-overview
 */

/** What an event can be made of. */
export type GenericName =
  | "time"
  | "start"
  | "end"
  | "src"
  | "src_port"
  | "src_host"
  | "src_mac"
  | "src_nat"
  | "src_nat_port"
  | "dst"
  | "dst_port"
  | "dst_host"
  | "dst_mac"
  | "dst_nat"
  | "dst_nat_port"
  | "user"
  | "user_domain"
  | "target_user"
  | "protocol"
  | "action"
  | "outcome"
  | "url"
  | "method"
  | "user_agent"
  | "referrer"
  | "status"
  | "content_type"
  | "bytes_out"
  | "bytes_in"
  | "bytes"
  | "packets_out"
  | "packets_in"
  | "app"
  | "service"
  | "rule"
  | "session"
  | "reporter"
  | "reporter_ip"
  | "reporter_uid"
  | "message"
  | "reason"
  | "severity"
  | "file"
  | "file_path"
  | "file_hash"
  | "dns_name";

type Names = ReadonlyMap<string, GenericName>;

function names(table: Readonly<Partial<Record<GenericName, string>>>): Names {
  return new Map(
    Object.entries(table).flatMap(([name, keys]) => keys.split(" ").map((key) => [key, name as GenericName] as const)),
  );
}

/** Keys as the standard writes them. */
export const CEF_NAMES: Names = names({
  time: "rt deviceReceiptTime",
  start: "start startTime",
  end: "end endTime",
  src: "src sourceAddress c6a2",
  src_port: "spt sourcePort",
  src_host: "shost sourceHostName",
  src_mac: "smac sourceMacAddress",
  src_nat: "sourceTranslatedAddress",
  src_nat_port: "sourceTranslatedPort",
  dst: "dst destinationAddress c6a3",
  dst_port: "dpt destinationPort",
  dst_host: "dhost destinationHostName",
  dst_mac: "dmac destinationMacAddress",
  dst_nat: "destinationTranslatedAddress",
  dst_nat_port: "destinationTranslatedPort",
  user: "suser sourceUserName",
  user_domain: "sntdom sourceNtDomain",
  target_user: "duser destinationUserName",
  protocol: "proto transportProtocol",
  action: "act deviceAction",
  outcome: "outcome eventOutcome",
  url: "request requestUrl",
  method: "requestMethod",
  user_agent: "requestClientApplication",
  referrer: "requestContext",
  app: "app applicationProtocol",
  reporter: "dvchost deviceHostName",
  reporter_ip: "dvc deviceAddress",
  reporter_uid: "deviceExternalId",
  message: "msg message",
  reason: "reason",
  file: "fname fileName",
  file_path: "filePath",
  file_hash: "fileHash",
  dns_name: "destinationDnsDomain",
});

export const LEEF_NAMES: Names = names({
  time: "devTime",
  src: "src",
  src_port: "srcPort",
  src_host: "identHostName srcHostName",
  src_mac: "srcMAC identMAC",
  src_nat: "srcPostNAT",
  src_nat_port: "srcPostNATPort",
  dst: "dst",
  dst_port: "dstPort",
  dst_host: "dstHostName dhost",
  dst_mac: "dstMAC",
  dst_nat: "dstPostNAT",
  dst_nat_port: "dstPostNATPort",
  user: "usrName accountName",
  user_domain: "domain",
  protocol: "proto",
  action: "action act",
  outcome: "outcome result",
  url: "url request",
  method: "requestMethod method",
  user_agent: "userAgent",
  referrer: "referer referrer",
  status: "responseCode",
  bytes_out: "srcBytes",
  bytes_in: "dstBytes",
  bytes: "totalBytes",
  packets_out: "srcPackets",
  packets_in: "dstPackets",
  app: "app application Application",
  rule: "policy rule ruleName",
  session: "sessionID sessionId SessionID",
  reporter: "devName dvchost",
  message: "msg message",
  reason: "reason",
  severity: "sev severity",
  file: "fileName filename",
  file_hash: "fileHash",
});

/** Keys in lower case with `-`, `.` and `_` taken out. */
export const KEY_VALUE_NAMES: Names = names({
  time: "time timestamp ts datetime eventtime devtime logtime generatedtime @timestamp isotime rt receivetime",
  start: "starttime sessionstart",
  end: "endtime",
  src: "src srcip source sourceip srcaddr sourceaddress client clientip cip clientaddr clientaddress saddr sip remoteip remoteaddr origh",
  src_port: "srcport sport spt sourceport clientport cport origp",
  src_host: "srchost srcname sourcehost shost hostname clienthost clientname workstation computername",
  src_mac: "srcmac sourcemac smac clientmac",
  src_nat: "natsrc natsrcip transip srcnatip xlatesrc",
  dst: "dst dstip destip destination destinationip dstaddr destinationaddress destaddr daddr dip serverip sip2 responseip resph targetip",
  dst_port: "dstport dport dpt destport destinationport serverport respp",
  dst_host: "dsthost dstname desthost destinationhost dhost servername host httphost domain sni",
  dst_mac: "dstmac destmac dmac",
  dst_nat: "natdst natdstip dstnatip xlatedst",
  user: "user username usr suser srcuser login userid account accountname",
  target_user: "duser dstuser targetuser",
  protocol: "proto protocol transport ipprotocol",
  action: "action act verdict disposition",
  outcome: "outcome result status",
  url: "url uri request requesturl fullurl csuri",
  method: "method httpmethod requestmethod csmethod",
  user_agent: "useragent agent httpuseragent csuseragent",
  referrer: "referer referrer csreferer",
  status: "httpstatus statuscode responsecode scstatus httpcode",
  bytes_out:
    "bytessent sentbytes sentbyte srcbytes clientbytes bytestoserver csbytes requestbytes requestsize upstreambytes uploadbytes",
  bytes_in:
    "bytesreceived receivedbytes rcvdbytes rcvdbyte dstbytes serverbytes bytestoclient scbytes responsebytes responsesize downloadbytes",
  bytes: "bytes totalbytes",
  packets_out: "packetssent sentpackets sentpkt srcpackets",
  packets_in: "packetsreceived receivedpackets rcvdpkt dstpackets",
  app: "app application appname",
  service: "service",
  rule: "rule rulename policy policyname ruleid policyid",
  session: "sessionid session connid flowid",
  reporter: "devname devicename device observer sensor firewall fw gateway",
  reporter_uid: "devid deviceid serial serialnumber",
  message: "msg message",
  reason: "reason",
  severity: "severity sev pri priority level",
  file: "file filename fname",
});

/** `Source-IP`, `source_ip`, `source.ip` -> `sourceip`. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/[-._ ]/g, "");
}
