/**
 * GitLab Shell and gitlab-sshd -> git transfers over SSH (API Activity 6003), and ended SSH connections with the bytes sent
 * to the client (SSH Activity 4007).
 *
 * Input: gitlab-shell.log, one JSON object per line. `executing git command` names user and project; `access: finish`
 * of gitlab-sshd the connection's size, and the project in newer releases.
 *
 * @see https://docs.gitlab.com/administration/logs/#gitlab-shelllog
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, sourceEndpoint, unmappedRest, userType } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { createEvent } from "../ocsf.ts";
import { byteCount, durationMs, object, property, text, textOf } from "../read-json.ts";

const PRODUCT = { name: "GitLab Shell", vendor_name: "GitLab" };

const PLACED: ReadonlySet<string> = new Set([
  "time",
  "username",
  "user_id",
  "remote_ip",
  "remote_addr",
  "gl_project_path",
  "written_bytes",
]);

const COMMAND = /^git-(?:receive-pack|upload-pack|upload-archive)$/;

export default defineMap({
  id: "gitlab-shell",
  title: "GitLab Shell and gitlab-sshd",
  product: PRODUCT,
  reference: "https://docs.gitlab.com/administration/logs/#gitlab-shelllog",
  lane: "repository",
  exporting:
    "`/var/log/gitlab/gitlab-shell/gitlab-shell.log`, or `/var/log/gitlab/gitlab-sshd/current` where " +
    "gitlab-sshd serves SSH; keep the format `json`.",
  limits: [
    "Git over SSH only.",
    "The size of a push is not told: written_bytes counts what went to the client.",
    "Without gitlab-sshd the client's address is missing in older releases.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  if (COMMAND.test(text(json, "command") ?? "") && Object.hasOwn(json, "gl_repository")) return 1;
  const message = text(json, "msg");
  if (message === "access: finish" && Object.hasOwn(json, "written_bytes") && Object.hasOwn(json, "remote_addr"))
    return 1;
  // what it asks GitLab before and after: no activity of its own
  if (message === "Finished HTTP request" && text(json, "url")?.includes("/api/v4/internal/") === true) return 0.9;
  return Object.hasOwn(json, "gl_key_id") || Object.hasOwn(json, "gl_project_path") ? 0.9 : 0;
}

function conform({ json, syslog }: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (json === null) throw new MalformedInputError("gitlab-shell: not a JSON object");
  const time = parseTime(property(json, "time")) ?? syslog?.time ?? environment.fileModifiedTime;
  const command = text(json, "command");
  if (command !== undefined && COMMAND.test(command)) return transfer(json, command, time);
  const message = text(json, "msg");
  if (message === "access: finish" && Object.hasOwn(json, "written_bytes")) return connectionEnd(json, time);
  if (message === undefined && command === undefined)
    throw new MalformedInputError("gitlab-shell: neither a message nor a command");
  return null;
}

function actorOf(json: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const name = text(json, "username") ?? text(object(json, "meta"), "username");
  const uid = textOf(json, "user_id") ?? textOf(object(json, "meta"), "user_id");
  const keyId = textOf(json, "gl_key_id");
  return apiActor({ name, uid, ...userType(text(json, "gl_key_type") === "deploy_key") }, keyId);
}

function transfer(json: JsonObject, command: string, time: number): OcsfEvent {
  const repository = text(json, "gl_project_path") ?? textOf(json, "gl_repository");
  if (repository === undefined) throw new MalformedInputError("gitlab-shell: a git command without a repository");
  const operation = command === "git-receive-pack" ? "git.push" : "git.fetch";
  return createGitTransfer(
    { product: PRODUCT, time, uid: textOf(json, "correlation_id"), event_code: command },
    {
      operation,
      actor: actorOf(json),
      repository,
      repositoryUid: text(json, "gl_repository"),
      host: undefined,
      service: "GitLab",
      provider: "GitLab",
      protocol: "ssh",
      source: sourceEndpoint(property(json, "remote_ip") ?? property(json, "remote_addr")),
      bytesOut: undefined,
      bytesIn: undefined,
      unmapped: unmappedRest(json, PLACED),
    },
  );
}

function connectionEnd(json: JsonObject, time: number): OcsfEvent {
  const bytesIn = byteCount(json, "written_bytes");
  const correlation = textOf(json, "correlation_id");
  const event = createEvent(
    4007,
    2,
    {
      product: PRODUCT,
      time,
      uid: correlation === undefined ? undefined : `${correlation}:finish`,
      event_code: "access: finish",
    },
    {
      actor: actorOf(json),
      src_endpoint: sourceEndpoint(property(json, "remote_addr") ?? property(json, "remote_ip")),
      duration: durationMs(json, "duration_s", 1000),
      traffic: bytesIn === undefined ? undefined : { bytes_in: bytesIn },
      app_name: "gitlab-sshd",
      unmapped: unmappedRest(json, PLACED),
    },
  );
  event.metadata.profiles = ["host"];
  return event;
}
