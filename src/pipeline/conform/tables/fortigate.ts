/**
 * FortiOS's names in the forms that rename them, and its actions.
 *
 * @see https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference/
 */
import type { Verdict } from "../web/verdict.ts";

/** CEF keys -> FortiOS field names. What CEF has no key for carries the prefix `FTNTFGT`. */
export const FORTIGATE_CEF_NAMES: ReadonlyMap<string, string> = new Map([
  ["src", "srcip"],
  ["spt", "srcport"],
  ["shost", "srcname"],
  ["smac", "srcmac"],
  ["dst", "dstip"],
  ["dpt", "dstport"],
  ["dhost", "hostname"],
  ["deviceInboundInterface", "srcintf"],
  ["deviceOutboundInterface", "dstintf"],
  ["sourceTranslatedAddress", "transip"],
  ["sourceTranslatedPort", "transport"],
  ["destinationTranslatedAddress", "tranip"],
  ["destinationTranslatedPort", "tranport"],
  ["externalId", "sessionid"],
  ["deviceExternalId", "devid"],
  ["dvchost", "devname"],
  ["deviceHostName", "devname"],
  ["act", "action"],
  ["app", "service"],
  ["out", "sentbyte"],
  ["in", "rcvdbyte"],
  ["suser", "user"],
  ["duser", "user"],
  ["request", "url"],
  ["requestMethod", "httpmethod"],
  ["requestClientApplication", "agent"],
  ["requestContext", "catdesc"],
  ["fname", "filename"],
  ["fsize", "filesize"],
  ["sproc", "ui"],
  ["deviceDirection", "deviceDirection"],
]);

/** The labels of CEF's custom fields -> FortiOS field names. */
export const FORTIGATE_CEF_LABELS: ReadonlyMap<string, string> = new Map([
  ["Policy Id", "policyid"],
  ["Policy ID", "policyid"],
  ["Duration", "duration"],
  ["Packets Sent", "sentpkt"],
  ["Packets Received", "rcvdpkt"],
  ["Source Interface", "srcintf"],
  ["Destination Interface", "dstintf"],
]);

/** LEEF's predefined keys -> FortiOS field names. */
export const FORTIGATE_LEEF_NAMES: ReadonlyMap<string, string> = new Map([
  ["src", "srcip"],
  ["srcPort", "srcport"],
  ["dst", "dstip"],
  ["dstPort", "dstport"],
  ["usrName", "user"],
  ["srcBytes", "sentbyte"],
  ["dstBytes", "rcvdbyte"],
  ["srcPackets", "sentpkt"],
  ["dstPackets", "rcvdpkt"],
  ["srcPostNAT", "transip"],
  ["srcPostNATPort", "transport"],
  ["dstPostNAT", "tranip"],
  ["dstPostNATPort", "tranport"],
  ["srcMAC", "srcmac"],
  ["identHostName", "srcname"],
]);

/** The names of FortiOS 3 and 4 -> those of 5 and later. */
export const FORTIGATE_OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["log_id", "logid"],
  ["device_id", "devid"],
  ["pri", "level"],
  ["src", "srcip"],
  ["src_name", "srcname"],
  ["src_port", "srcport"],
  ["src_int", "srcintf"],
  ["dst", "dstip"],
  ["dst_name", "dstname"],
  ["dst_port", "dstport"],
  ["dst_int", "dstintf"],
  ["tran_sip", "transip"],
  ["tran_sport", "transport"],
  ["tran_ip", "tranip"],
  ["tran_port", "tranport"],
  ["SN", "sessionid"],
  ["serial", "sessionid"],
  ["sent", "sentbyte"],
  ["rcvd", "rcvdbyte"],
  ["sent_pkt", "sentpkt"],
  ["rcvd_pkt", "rcvdpkt"],
  ["rule", "policyid"],
  ["app_cat", "appcat"],
  ["attack_name", "attack"],
  ["cat_desc", "catdesc"],
  ["file", "filename"],
]);

/** action -> what was done. */
export const FORTIGATE_VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["accept", "allowed"],
  ["allow", "allowed"],
  ["allowed", "allowed"],
  ["pass", "allowed"],
  ["passthrough", "allowed"],
  ["permit", "allowed"],
  ["exempt", "allowed"],
  ["start", "allowed"],
  ["close", "allowed"],
  ["client-rst", "allowed"],
  ["server-rst", "allowed"],
  ["timeout", "allowed"],
  ["ip-conn", "allowed"],
  ["dns", "allowed"],
  ["monitored", "logged"],
  ["log-only", "logged"],
  ["detected", "alerted"],
  ["deny", "blocked"],
  ["denied", "blocked"],
  ["block", "blocked"],
  ["blocked", "blocked"],
  ["blocked-by-quarantine", "blocked"],
  ["redirect", "blocked"],
  ["drop", "dropped"],
  ["dropped", "dropped"],
  ["drop_session", "dropped"],
  ["drop-session", "dropped"],
  ["clear_session", "dropped"],
  ["reset", "reset"],
  ["reset_client", "reset"],
  ["reset_server", "reset"],
  ["quarantine", "quarantined"],
  ["warning", "challenged"],
  ["challenge", "challenged"],
]);

/** Traffic's action -> activity of Network Activity: how the session ended. `accept` reports traffic. */
export const FORTIGATE_TRAFFIC_ACTIVITIES: ReadonlyMap<string, 1 | 2 | 3 | 4 | 5> = new Map([
  ["start", 1],
  ["close", 2],
  ["timeout", 2],
  ["client-rst", 3],
  ["server-rst", 3],
  ["ip-conn", 4],
  ["dns", 4],
  ["deny", 5],
]);

/** Actions of event logs that sign a person on or off. */
export const FORTIGATE_LOGONS: ReadonlyMap<string, 1 | 2> = new Map([
  ["login", 1],
  ["authentication", 1],
  ["auth-logon", 1],
  ["fsso-logon", 1],
  ["rsso-logon", 1],
  ["tunnel-up", 1],
  ["ssl-login", 1],
  ["ssl-login-fail", 1],
  ["ssl-web-pass", 1],
  ["ssl-web-deny", 1],
  ["xauth", 1],
  ["logout", 2],
  ["auth-logout", 2],
  ["auth-timeout", 2],
  ["fsso-logoff", 2],
  ["rsso-logoff", 2],
  ["tunnel-down", 2],
  ["ssl-web-close", 2],
]);
