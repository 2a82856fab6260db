/**
 * Gitaly -> git transfers with their size (HTTP Activity 4002, Network Activity 4001), commits that GitLab's web editor and
 * API make, archives and bundles (API Activity 6003). Everything else Gitaly logs is GitLab talking to itself.
 *
 * Sizes: a push streams its pack through the request of PostReceivePack and SSHReceivePack, so
 * `grpc.request.payload_bytes` is what the client sent. A fetch sends its pack beside the RPC where a side channel is used;
 * its payload is then not the pack and is left out.
 *
 * @see https://docs.gitlab.com/administration/logs/#gitaly-logs
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, outcomeStatus, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { createEvent } from "../ocsf.ts";
import { byteCount, property, text, textOf } from "../read-json.ts";

const PRODUCT = { name: "Gitaly", vendor_name: "GitLab" };

const PLACED: ReadonlySet<string> = new Set([
  "time",
  "username",
  "user_id",
  "remote_ip",
  "grpc.request.glProjectPath",
  "grpc.request.payload_bytes",
  "grpc.response.payload_bytes",
]);

/** RPC -> what it transfers; `sized` where the RPC's payload is the pack. */
const TRANSFERS: ReadonlyMap<
  string,
  { readonly operation: "git.push" | "git.fetch"; readonly protocol: "http" | "ssh"; readonly sized: boolean }
> = new Map([
  ["PostReceivePack", { operation: "git.push", protocol: "http", sized: true }],
  ["SSHReceivePack", { operation: "git.push", protocol: "ssh", sized: true }],
  ["PostUploadPack", { operation: "git.fetch", protocol: "http", sized: true }],
  ["SSHUploadPack", { operation: "git.fetch", protocol: "ssh", sized: true }],
  ["PostUploadPackWithSidechannel", { operation: "git.fetch", protocol: "http", sized: false }],
  ["SSHUploadPackWithSidechannel", { operation: "git.fetch", protocol: "ssh", sized: false }],
]);

/** RPC -> activity_id of API Activity, for what a person does without git. */
const CALLS: ReadonlyMap<string, number> = new Map([
  ["UserCommitFiles", 3],
  ["GetArchive", 2],
  ["CreateBundle", 2],
  ["CreateFork", 1],
  ["CreateRepositoryFromBundle", 1],
  ["CreateRepositoryFromURL", 1],
]);

export default defineMap({
  id: "gitaly",
  title: "Gitaly",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/administration/logs/#gitaly-logs",
  lane: "repository",
  exporting:
    "JSON is the default of `gitaly['configuration'] = { logging: { format: 'json' } }`; the file is " +
    "`/var/log/gitlab/gitaly/current`.",
  limits: [
    "The size of a fetch over a side channel is not counted.",
    "The client's address is that which GitLab passed on; older releases pass none over SSH.",
    "A high-volume internal log: what a page looks up of a repository shows as reading it.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || !Object.hasOwn(json, "grpc.method")) return 0;
  return text(json, "grpc.service")?.startsWith("gitaly.") === true ||
    Object.hasOwn(json, "grpc.request.glProjectPath") ||
    Object.hasOwn(json, "grpc.request.repoPath")
    ? 1
    : 0.6;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (json === null) throw new MalformedInputError("gitaly: not a JSON object");
  const method = text(json, "grpc.method");
  if (method === undefined) throw new MalformedInputError("gitaly: the record has no grpc.method");
  // one call writes several lines; the one that it finished with has the result
  if (text(json, "grpc.code") === undefined) return null;

  const transfer = TRANSFERS.get(method);
  const call = CALLS.get(method);
  // what GitLab does of its own accord is nobody's activity
  if (transfer === undefined && call === undefined && text(json, "username") === undefined) return null;
  const repository =
    text(json, "grpc.request.glProjectPath") ?? text(json, "grpc.request.repoPath")?.replace(/\.git$/, "");
  if (repository === undefined) return null;

  const correlation = text(json, "correlation_id");
  const base = {
    product: PRODUCT,
    time: parseTime(property(json, "time")) ?? syslog?.time ?? environment.fileModifiedTime,
    uid: correlation === undefined ? undefined : `${correlation}:${method}`,
    event_code: method,
  };
  const succeeded = outcomeStatus(text(json, "grpc.code") === "OK");
  const actor = actorOf(json);
  const source = sourceEndpoint(property(json, "remote_ip"));
  const unmapped = unmappedRest(json, PLACED);
  const uid = text(json, "grpc.request.glRepository");
  if (transfer === undefined) {
    return createEvent(6003, call ?? (text(json, "grpc.meta.method_operation") === "mutator" ? 3 : 2), base, {
      ...succeeded,
      actor,
      api: { operation: method, service: { name: "GitLab" } },
      resources: [{ name: repository, uid, type: "repository" }],
      src_endpoint: source,
      unmapped,
    });
  }
  return createGitTransfer(base, {
    operation: transfer.operation,
    actor,
    repository,
    repositoryUid: uid,
    host: undefined,
    service: "GitLab",
    provider: "GitLab",
    protocol: transfer.protocol,
    source,
    bytesOut: transfer.sized ? byteCount(json, "grpc.request.payload_bytes") : undefined,
    bytesIn: transfer.sized ? byteCount(json, "grpc.response.payload_bytes") : undefined,
    succeeded,
    unmapped,
  });
}

function actorOf(json: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const uid = textOf(json, "user_id");
  // `key-17` is a deploy key, `user-1` a person
  return apiActor({ name: text(json, "username"), uid, ...userType(uid?.startsWith("key-") ?? false) });
}
