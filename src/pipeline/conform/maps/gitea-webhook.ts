/**
 * Gitea, Forgejo and Gogs webhooks -> API Activity (6003): deliveries with their headers, and bare payloads whose event their
 * keys tell.
 *
 * @see https://docs.gitea.com/usage/webhooks
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { openDelivery } from "../decoders/delivery.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { GITEA_HEADERS, isGiteaDelivery, isGiteaPayload, webhookEvent } from "../github-payload.ts";
import { object } from "../read-json.ts";
import { eventOfKeys } from "../tables/github-webhook-events.ts";

const PRODUCT = { name: "Gitea", vendor_name: "Gitea" };
const FORGEJO = { name: "Forgejo", vendor_name: "Forgejo" };

export default defineMap({
  id: "gitea-webhook",
  title: "Gitea and Forgejo webhook deliveries",
  product: PRODUCT,
  reference: "https://docs.gitea.com/usage/webhooks",
  lane: "repository",
  exporting:
    "A system webhook (Site administration, Integrations) with content type `application/json` and all events; store each " +
    "payload as a line, with its headers beside it where the receiver can.",
  limits: [
    "Webhooks carry no client address, no user agent and no token.",
    "A change of visibility and reading (clone, fetch, download) send no webhook.",
    "A push lists at most 30 commits by default, with `total_commits` beside them, and no sizes.",
    "A bare payload has lost the header that names its event; its keys tell it.",
  ],
  recognise({ json }: DecodedRecord): number {
    if (json === null) return 0;
    if (isGiteaDelivery(json)) return 1;
    return object(json, "repository") !== undefined && isGiteaPayload(json) && eventOfKeys(json) !== undefined ? 1 : 0;
  },
  conform({ json }: DecodedRecord, environment: ConformEnvironment): OcsfEvent {
    if (json === null) throw new MalformedInputError("gitea-webhook: not a JSON object");
    const delivery = openDelivery(json);
    const payload = delivery === null ? json : delivery.body;
    const named = GITEA_HEADERS.map((name) => delivery?.headers.get(name)).find((name) => name !== undefined);
    const event = named ?? eventOfKeys(payload);
    if (event === undefined || !/^[A-Za-z0-9_]{1,64}$/.test(event))
      throw new MalformedInputError("gitea-webhook: no webhook event has these keys");
    const product = delivery?.headers.has("x-forgejo-event") === true ? FORGEJO : PRODUCT;
    return webhookEvent({ product, event, payload, delivery, fallbackMs: environment.fileModifiedTime });
  },
});
