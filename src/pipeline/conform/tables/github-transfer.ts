/**
 * GitHub Enterprise Server's record of one git transfer (`program` receive-pack or upload-pack), the one place where
 * GitHub tells how many bytes a push sent.
 *
 * @see https://docs.github.com/en/enterprise-server@latest/admin/monitoring-activity-in-your-enterprise/exploring-user-activity-in-your-enterprise/log-forwarding
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import {
  apiActor,
  emailAddress,
  noteVisibility,
  sourceEndpoint,
  unmappedRest,
  userType,
  visibilityOf,
} from "../api-activity.ts";
import { createGitTransfer } from "../git-transfer.ts";
import { boolean, byteCount, property, text, textOf } from "../read-json.ts";

const PROGRAM = /^(?:git-)?(receive|upload)-pack$/;

const PLACED: ReadonlySet<string> = new Set([
  "@timestamp",
  "at_sign_timestamp",
  "user_login",
  "pusher",
  "user_id",
  "user_email",
  "real_ip",
  "actor_ip",
  "repo_name",
  "repo_id",
  "user_agent",
  "receive_pack_size",
  "upload_pack_size",
  "transaction_id",
  "hostname",
  "pid",
]);

/** A record of one transfer: its program, and a repository by name or folder. */
export function isTransfer(entry: JsonObject): boolean {
  const program = text(entry, "program");
  return (
    program !== undefined &&
    PROGRAM.test(program) &&
    (text(entry, "repo_name") !== undefined || text(entry, "git_dir") !== undefined)
  );
}

/**
 * @param time ms since 1970 UTC
 * @param server host name of the syslog header; the record's own `hostname` goes first
 */
export function conformTransfer(
  product: { readonly name: string; readonly vendor_name: string },
  entry: JsonObject,
  time: number,
  server: string | undefined,
): OcsfEvent {
  const isPush = (text(entry, "program") ?? "").includes("receive");
  const operation = isPush ? "git.push" : boolean(entry, "cloning") === true ? "git.clone" : "git.fetch";
  const agent = text(entry, "user_agent");
  const unmapped = unmappedRest(entry, PLACED);
  noteVisibility(
    unmapped,
    visibilityOf(property(entry, "visibility")),
    boolean(entry, "repo_public") ?? boolean(entry, "repository_public"),
  );
  const name = text(entry, "user_login") ?? text(entry, "pusher") ?? text(entry, "user_name");
  return createGitTransfer(
    { product, time, uid: textOf(entry, "transaction_id"), event_code: operation },
    {
      operation,
      actor: apiActor({
        name,
        uid: textOf(entry, "user_id"),
        email_addr: emailAddress(text(entry, "user_email")),
        ...userType(name?.endsWith("[bot]") ?? false),
      }),
      repository: text(entry, "repo_name") ?? repositoryOfFolder(text(entry, "git_dir") ?? ""),
      repositoryUid: textOf(entry, "repo_id"),
      host: text(entry, "hostname") ?? server,
      service: "GitHub",
      provider: "GitHub Enterprise Server",
      // a user agent is a header of HTTP
      protocol:
        text(entry, "protocol") ?? text(entry, "transport_protocol_name") ?? (agent === undefined ? undefined : "http"),
      source: sourceEndpoint(property(entry, "real_ip") ?? property(entry, "actor_ip")),
      userAgent: agent,
      bytesOut: isPush ? byteCount(entry, "receive_pack_size") : undefined,
      bytesIn: isPush ? undefined : byteCount(entry, "upload_pack_size"),
      unmapped,
    },
  );
}

/** `/data/repositories/owner/name.git` -> `owner/name`; the folder itself where it is laid out otherwise. */
function repositoryOfFolder(folder: string): string {
  return /([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(folder.slice(-256))?.[1] ?? folder;
}
