/**
 * The modules of winlogbeat and Elastic Agent move fields out of `winlog.event_data` into ECS. Here they get their
 * Windows names back, so that maps and public rules find them under one name.
 *
 * @see https://www.elastic.co/guide/en/ecs/current/ecs-process.html
 */
import { object, property, text } from "../read-json.ts";

type Fields = Record<string, unknown>;

/** `event_data` with the fields that ECS holds instead; fields that are still there win. */
export function completeFromEcs(source: unknown, data: Readonly<Fields>): Fields {
  const complete: Fields = { ...data };
  const fill = (name: string, value: unknown) => {
    if (value !== undefined && !Object.hasOwn(complete, name)) complete[name] = value;
  };
  const process = object(source, "process");
  const parent = object(process, "parent");
  const pe = object(process, "pe");
  const user = object(source, "user");
  const isSecurity = text(object(source, "winlog"), "channel") === "Security";
  const executable = property(process, "executable");
  const isLaunch = isSecurity && property(object(source, "event"), "code") === "4688";
  fill(isLaunch ? "NewProcessName" : isSecurity ? "ProcessName" : "Image", executable);
  fill(isLaunch ? "NewProcessId" : "ProcessId", property(process, "pid"));
  fill("CommandLine", property(process, "command_line"));
  fill(isSecurity ? "ParentProcessName" : "ParentImage", property(parent, "executable"));
  if (isLaunch) fill("ProcessId", property(parent, "pid"));
  if (isSecurity) return complete;

  fill("ProcessGuid", property(process, "entity_id"));
  fill("CurrentDirectory", property(process, "working_directory"));
  fill("OriginalFileName", property(pe, "original_file_name"));
  fill("Company", property(pe, "company"));
  fill("Description", property(pe, "description"));
  fill("Product", property(pe, "product"));
  fill("ParentCommandLine", property(parent, "command_line"));
  fill("ParentProcessId", property(parent, "pid"));
  fill("ParentProcessGuid", property(parent, "entity_id"));
  fill("Hashes", hashes(object(process, "hash"), pe));
  const name = text(user, "name");
  if (name !== undefined) fill("User", text(user, "domain") === undefined ? name : `${text(user, "domain")}\\${name}`);
  fillNetwork(source, fill);
  fill("QueryName", property(object(object(source, "dns"), "question"), "name"));
  fill(
    property(object(source, "event"), "code") === "7" ? "ImageLoaded" : "TargetFilename",
    property(object(source, "file"), "path"),
  );
  return complete;
}

function fillNetwork(source: unknown, fill: (name: string, value: unknown) => void): void {
  const from = object(source, "source");
  const to = object(source, "destination");
  if (from === undefined && to === undefined) return;
  fill("SourceIp", property(from, "ip"));
  fill("SourcePort", property(from, "port"));
  fill("SourceHostname", property(from, "domain"));
  fill("DestinationIp", property(to, "ip"));
  fill("DestinationPort", property(to, "port"));
  fill("DestinationHostname", property(to, "domain"));
  const network = object(source, "network");
  fill("Protocol", property(network, "transport"));
  const direction = text(network, "direction");
  if (direction === "egress" || direction === "outbound") fill("Initiated", "true");
  if (direction === "ingress" || direction === "inbound") fill("Initiated", "false");
}

/** `MD5=…,SHA256=…`, as Sysmon writes it. */
function hashes(hash: unknown, pe: unknown): string | undefined {
  const parts: string[] = [];
  for (const algorithm of ["sha1", "md5", "sha256"]) {
    const value = text(hash, algorithm);
    if (value !== undefined) parts.push(`${algorithm.toUpperCase()}=${value}`);
  }
  const imphash = text(pe, "imphash");
  if (imphash !== undefined) parts.push(`IMPHASH=${imphash}`);
  return parts.length === 0 ? undefined : parts.join(",");
}
