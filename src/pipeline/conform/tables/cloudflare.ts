/** Cloudflare Logpush: actions by their verdict, and the columns that have no home in OCSF. */
import type { Verdict } from "../web/verdict.ts";

/** Actions of Gateway's HTTP and network policies and of a zone's firewall, lower case. */
export const CLOUDFLARE_VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allow", "allowed"],
  ["allowed", "allowed"],
  ["allowedonnorulematch", "allowed"],
  ["audit_ssh", "allowed"],
  ["egress", "allowed"],
  ["forward", "allowed"],
  ["bypass", "allowed"],
  ["skip", "allowed"],
  ["off", "allowed"],
  ["noscan", "allowed"],
  ["noisolate", "allowed"],
  ["scan", "allowed"],
  ["none", "allowed"],
  ["redirect", "blocked"],
  ["override", "allowed"],
  ["l4_override", "allowed"],
  ["block", "blocked"],
  ["blocked", "blocked"],
  ["drop", "dropped"],
  ["connection_close", "reset"],
  ["force_connection_close", "reset"],
  ["isolate", "isolated"],
  ["quarantine", "quarantined"],
  ["log", "logged"],
  ["simulate", "logged"],
  ["challenge", "challenged"],
  ["jschallenge", "challenged"],
  ["managed_challenge", "challenged"],
  ["managedchallenge", "challenged"],
]);

export const HTTP_LEFT = [
  "SourceInternalIP",
  "IsIsolated",
  "BlockedFileName",
  "BlockedFileReason",
  "BlockedFileSize",
  "BlockedFileHash",
  "UploadedFileNames",
  "DownloadedFileNames",
  "AccountID",
  "ProxyEndpoint",
  "VirtualNetworkName",
];
export const DNS_LEFT = ["Location", "ResolverDecision", "Protocol", "ColoCode", "AccountID"];
export const NETWORK_LEFT = ["SourceInternalIP", "OverrideIP", "OverridePort", "AccountID"];
export const SESSION_LEFT = [
  "SourceInternalIP",
  "EgressIP",
  "EgressRuleName",
  "Offramp",
  "AccountID",
  "ConnectionReuse",
];
export const ZONE_LEFT = [
  "ZoneName",
  "ZoneID",
  "Source",
  "Kind",
  "OriginIP",
  "CacheCacheStatus",
  "SecurityAction",
  "WAFAction",
  "ClientCountry",
  "EdgeColoCode",
];
