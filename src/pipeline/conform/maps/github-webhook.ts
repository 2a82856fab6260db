/**
 * GitHub webhook -> API Activity (6003): deliveries with their headers, and bare payloads whose event their keys tell.
 *
 * `api.operation` is `<event>` or `<event>.<action>`: `push`, `repository.publicized`, `member.added`. Every event is
 * conformed, those not known here too. The time is the latest of GitHub's own times in the payload; commit times, which
 * the author's machine sets, count only where there is no other.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { hasHeader, openDelivery } from "../decoders/delivery.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { isGiteaDelivery, isGiteaPayload, webhookEvent } from "../github-payload.ts";
import { object, property, text } from "../read-json.ts";
import { eventOfKeys } from "../tables/github-webhook-events.ts";

const PRODUCT = { name: "GitHub", vendor_name: "GitHub" };

export default defineMap({
  id: "github-webhook",
  title: "GitHub webhook deliveries",
  product: PRODUCT,
  reference: "https://docs.github.com/en/webhooks/webhook-events-and-payloads",
  lane: "repository",
  exporting:
    "An organisation webhook with content type `application/json` and all events that concern repositories, " +
    "members, keys and tokens; store each payload as a line, with the header `X-GitHub-Event` beside it where " +
    "the receiver can.",
  limits: [
    "Webhooks carry no client address, no user agent and no token.",
    "A push lists at most 2048 commits and no sizes.",
    "Reading (clone, fetch, download) sends no webhook.",
    "Repositories outside the organisation send nothing.",
    "A bare payload has lost the header that names its event; its keys tell it.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null) return 0;
  // Gitea sends GitHub's header beside its own
  if (hasHeader(json, "x-github-event")) return isGiteaDelivery(json) ? 0 : 1;
  const repository = object(json, "repository");
  if (property(json, "p_log_type") === "GitHub.Webhook") return 1;
  const sender = object(json, "sender");
  const githubSender = sender !== undefined && Object.hasOwn(sender, "login");
  if (repository !== undefined && Object.hasOwn(repository, "full_name")) {
    if (Object.hasOwn(repository, "node_id") || isGithubAddress(text(repository, "html_url"))) return 1;
    if (isGiteaPayload(json)) return 0;
    return eventOfKeys(json) === undefined ? 0 : 0.8;
  }
  if (!githubSender && object(json, "security_advisory") === undefined) return 0;
  return eventOfKeys(json) === undefined
    ? 0
    : Object.hasOwn(sender ?? json, "node_id") || Object.hasOwn(json, "security_advisory")
      ? 1
      : 0.7;
}

function isGithubAddress(url: string | undefined): boolean {
  return url !== undefined && url.startsWith("https://github.com/");
}

function conform({ json }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
  if (json === null) throw new MalformedInputError("github-webhook: not a JSON object");
  const delivery = openDelivery(json);
  const payload = delivery === null ? json : delivery.body;
  const event = delivery?.headers.get("x-github-event") ?? text(json, "event") ?? eventOfKeys(payload);
  if (event === undefined || !/^[A-Za-z0-9_]{1,64}$/.test(event))
    throw new MalformedInputError("github-webhook: no webhook event has these keys");

  return webhookEvent({ product: PRODUCT, event, payload, delivery, fallbackMs: environment.fileModifiedTime });
}
