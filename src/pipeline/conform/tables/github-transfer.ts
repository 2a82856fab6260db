/**
 * GitHub Enterprise Server's record of one git transfer (`program` receive-pack or upload-pack), the one place where
 * a code host tells how many bytes a push sent.
 *
 * API Activity has no attribute for bytes, so a transfer with a size is a network event: HTTP Activity (4002) where the
 * user agent shows smart HTTP, Network Activity (4001) otherwise, with the cloud profile for `api` and the host profile
 * for `actor`. Both name the repository in the URL. Without a size it is API Activity like every other audit record.
 *
 * @see https://docs.github.com/en/enterprise-server@latest/admin/monitoring-activity-in-your-enterprise/exploring-user-activity-in-your-enterprise/log-forwarding
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { apiActor, emailAddress, noteVisibility, sourceEndpoint, unmappedRest, userType, visibilityOf } from "../api-activity.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, number, property, text, textOf } from "../read-json.ts";

const PROGRAM = /^(?:git-)?(receive|upload)-pack$/;

const PLACED: ReadonlySet<string> = new Set(["@timestamp", "at_sign_timestamp", "user_login", "pusher", "user_id", "user_email", "real_ip", "actor_ip", "repo_name", "repo_id", "user_agent", "receive_pack_size", "upload_pack_size", "transaction_id", "hostname", "pid"]);

/** A record of one transfer: its program, and a repository by name or folder. */
export function isTransfer(entry: JsonObject): boolean {
  const program = text(entry, "program");
  return program !== undefined && PROGRAM.test(program) && (text(entry, "repo_name") !== undefined || text(entry, "git_dir") !== undefined);
}

/**
 * @param time ms since 1970 UTC
 * @param server host name of the syslog header; the record's own `hostname` goes first
 */
export function conformTransfer(product: { readonly name: string; readonly vendor_name: string }, entry: JsonObject, time: number, server: string | undefined): OcsfEvent {
  const isPush = (text(entry, "program") ?? "").includes("receive");
  const operation = isPush ? "git.push" : boolean(entry, "cloning") === true ? "git.clone" : "git.fetch";
  const bytesOut = isPush ? number(entry, "receive_pack_size") : undefined;
  const bytesIn = isPush ? undefined : number(entry, "upload_pack_size");
  const agent = text(entry, "user_agent");
  const host = text(entry, "hostname") ?? server;
  const repository = text(entry, "repo_name") ?? repositoryOfFolder(text(entry, "git_dir") ?? "");
  const repositoryId = textOf(entry, "repo_id");
  const protocol = text(entry, "protocol") ?? text(entry, "transport_protocol_name") ?? (agent === undefined ? undefined : "http");

  const unmapped = unmappedRest(entry, PLACED);
  noteVisibility(unmapped, visibilityOf(property(entry, "visibility")), boolean(entry, "repo_public") ?? boolean(entry, "repository_public"));
  if (protocol !== undefined) unmapped["transport_protocol_name"] = protocol;

  const base = { product, time, uid: textOf(entry, "transaction_id"), event_code: operation };
  const fields = {
    actor: actorOf(entry),
    api: { operation, service: { name: "GitHub" } },
    src_endpoint: sourceEndpoint(property(entry, "real_ip") ?? property(entry, "actor_ip")),
    ...(host === undefined ? {} : { dst_endpoint: { hostname: host } }),
    unmapped,
  };
  if (bytesOut === undefined && bytesIn === undefined) {
    return createEvent(6003, isPush ? 99 : 2, base, {
      ...fields,
      resources: [{ name: repository, ...(repositoryId === undefined ? {} : { uid: repositoryId }), type: "repository" }],
      ...(agent === undefined ? {} : { http_request: { user_agent: agent } }),
    });
  }

  const url = { ...(host === undefined ? {} : { hostname: host }), path: `/${repository}.git/${isPush ? "git-receive-pack" : "git-upload-pack"}` };
  const traffic = bytesOut === undefined ? { bytes_in: bytesIn } : { bytes_out: bytesOut };
  const cloud = { provider: "GitHub Enterprise Server" };
  if (repositoryId !== undefined) unmapped["repo_id"] = repositoryId;
  unmapped["repo_name"] = repository;
  const event =
    protocol === "http"
      ? createEvent(4002, 6, base, { ...fields, cloud, traffic, http_request: { http_method: "POST", url, ...(agent === undefined ? {} : { user_agent: agent }) } })
      : createEvent(4001, 6, base, { ...fields, cloud, traffic, url, app_name: "git" });
  event.metadata.profiles = ["cloud", "host"];
  return event;
}

function actorOf(entry: JsonObject): NonNullable<OcsfEvent["actor"]> {
  const name = text(entry, "user_login") ?? text(entry, "pusher") ?? text(entry, "user_name");
  const uid = textOf(entry, "user_id");
  const email = emailAddress(text(entry, "user_email"));
  return apiActor({
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(email === undefined ? {} : { email_addr: email }),
    ...userType(name?.endsWith("[bot]") ?? false),
  });
}

/** `/data/repositories/owner/name.git` -> `owner/name`; the folder itself where it is laid out otherwise. */
function repositoryOfFolder(folder: string): string {
  return /([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(folder.slice(-256))?.[1] ?? folder;
}
