/**
 * A git push, fetch or clone that a code host itself recorded.
 *
 * API Activity has no attribute for bytes, so a transfer whose size the host tells is a network event: HTTP Activity (4002)
 * over smart HTTP, Network Activity (4001) otherwise, with the cloud profile for `api` and the host profile for `actor`;
 * its URL names the repository. Without a size it is API Activity like every other audit record.
 */
import type { OcsfEndpoint, OcsfEvent } from "../../model/activity.ts";
import { createEvent, type EventBase } from "./ocsf.ts";

export interface GitTransfer {
  readonly operation: "git.push" | "git.fetch" | "git.clone";
  readonly actor: NonNullable<OcsfEvent["actor"]>;
  /** Path of the repository on its host, without `.git`. */
  readonly repository: string;
  readonly repositoryUid?: string | undefined;
  /** Host name of the code host, where the record tells it. */
  readonly host: string | undefined;
  /** `GitHub`, `GitLab`: what the catalogue of code hosts calls the product. */
  readonly service: string;
  /** What runs it: `provider` of the cloud profile. */
  readonly provider: string;
  readonly protocol: string | undefined;
  readonly source: OcsfEndpoint;
  readonly userAgent?: string | undefined;
  /** Client to server. */
  readonly bytesOut: number | undefined;
  /** Server to client. */
  readonly bytesIn: number | undefined;
  readonly succeeded?: { status_id?: number; status?: string } | undefined;
  /** Becomes the event's `unmapped`; protocol and repository are added. */
  readonly unmapped: Record<string, unknown>;
}

const PUSH_IS_OTHER = 99;
const READ = 2;

export function createGitTransfer(base: EventBase, transfer: GitTransfer): OcsfEvent {
  const { operation, repository, repositoryUid, host, protocol, userAgent, bytesIn, bytesOut, unmapped } = transfer;
  const isPush = operation === "git.push";
  if (protocol !== undefined) unmapped["transport_protocol_name"] = protocol;
  const fields = {
    ...transfer.succeeded,
    actor: transfer.actor,
    api: { operation, service: { name: transfer.service } },
    src_endpoint: transfer.source,
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    unmapped,
  };
  const http = userAgent === undefined ? undefined : { user_agent: userAgent };
  if (bytesIn === undefined && bytesOut === undefined) {
    return createEvent(6003, isPush ? PUSH_IS_OTHER : READ, base, {
      ...fields,
      resources: [{ name: repository, uid: repositoryUid, type: "repository" }],
      http_request: http,
    });
  }

  unmapped["repo_name"] = repository;
  if (repositoryUid !== undefined) unmapped["repo_id"] = repositoryUid;
  const url = { hostname: host, path: `/${repository}.git/${isPush ? "git-receive-pack" : "git-upload-pack"}` };
  const network = {
    ...fields,
    cloud: { provider: transfer.provider },
    traffic: { bytes_out: bytesOut, bytes_in: bytesIn },
  };
  const event =
    protocol === "http"
      ? createEvent(4002, 6, base, { ...network, http_request: { http_method: "POST", url, ...http } })
      : createEvent(4001, 6, base, { ...network, url, app_name: "git" });
  event.metadata.profiles = ["cloud", "host"];
  return event;
}
