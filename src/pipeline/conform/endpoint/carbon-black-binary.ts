/**
 * What Carbon Black EDR tells of binaries: first seen at all, on a machine or in a group of machines (`binaryinfo.…`), stored
 * on the server (`binarystore.…`) -> File System Activity. Nobody is named who brought the file.
 *
 * @see https://developer.carbonblack.com/reference/enterprise-response/event-forwarder/event-schema/
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { list, property, text } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { countOf, fileOf, hashOf } from "./objects.ts";

/** @throws {MalformedInputError} when the record names no file */
export function edrBinary(type: string, json: JsonObject, subject: EndpointSubject): OcsfEvent {
  const hashes = [
    hashOf("MD5", text(json, "md5")?.toLowerCase()),
    hashOf("SHA256", (text(json, "sha256") ?? text(json, "file_sha256"))?.toLowerCase()),
  ].filter((hash) => hash !== undefined);
  const observed = list(json, "observed_filename")[0];
  const path = typeof observed === "string" ? observed : text(json, "observed_filename");
  const file = fileOf(path ?? text(json, "original_filename") ?? text(hashes[0], "value"));
  if (file === undefined) throw new MalformedInputError(`${type} without a file`);
  if (path === undefined) delete file.path;
  if (hashes.length > 0) file.hashes = hashes;
  const size = countOf(property(json, "size") ?? property(json, "orig_mod_len"));
  if (size !== undefined) file.size = size;
  return endpointActivity(subject, 1001, type.startsWith("binarystore.") ? 99 : 8, {
    file,
    actor: {},
    message: type,
  });
}
