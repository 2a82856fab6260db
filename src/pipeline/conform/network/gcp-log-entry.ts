/**
 * What Cloud Logging puts around the records of Google Cloud's networks.
 *
 * @see https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { countryCode } from "../decoders/country.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { integer, object, property, text } from "../read-json.ts";

/** The record in the whole log entry, or what was cut out of it. */
export function payloadOf(json: JsonObject | null): JsonObject | undefined {
  return object(json, "jsonPayload") ?? object(json, "json_payload") ?? json ?? undefined;
}

/**
 * Notes where in Google Cloud it happened.
 *
 * @param own what the record itself says of region and project; the entry's labels say the rest
 */
export function placeInCloud(
  event: OcsfEvent,
  json: JsonObject,
  own: { readonly region?: string | undefined; readonly project?: string | undefined },
): OcsfEvent {
  const labels = object(object(json, "resource"), "labels");
  event.cloud = {
    provider: "GCP",
    region: own.region ?? text(labels, "location"),
    project_uid: own.project ?? text(labels, "project_id"),
  };
  event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
  return event;
}

/** One end of a connection, by its side of `connection`, with the name of the machine that it is. */
export function endOfConnection(
  connection: JsonObject,
  side: "src" | "dest",
  machine: JsonObject | undefined,
  place: JsonObject | undefined,
): OcsfEndpoint | undefined {
  const ip = ipAddress(property(connection, `${side}_ip`));
  if (ip === undefined) return undefined;
  const endpoint: OcsfEndpoint = { ip };
  const port = portOf(integer(connection, `${side}_port`));
  if (port !== undefined) endpoint.port = port;
  const name = text(machine, "vm_name");
  if (name !== undefined) endpoint.hostname = name;
  const country = countryCode(text(place, "country"));
  const city = text(place, "city");
  if (country !== undefined || city !== undefined) endpoint.location = { country, city, region: text(place, "region") };
  const asNumber = integer(place, "asn");
  if (asNumber !== undefined) endpoint.autonomous_system = { number: asNumber };
  return endpoint;
}
