/**
 * Any program that takes JSON over HTTP. With a secret the request is signed: HMAC-SHA256 over the timestamp, a dot and the
 * body, so that neither can be changed and an old request cannot be sent again later.
 */
import { createHmac } from "node:crypto";
import * as z from "zod";
import { bodyOf } from "../body.ts";
import { deliverOver } from "../http-request.ts";
import { defineReceiver } from "../receiver.ts";
import { caFile, hostOf, webAddress } from "../settings.ts";
import { summaryOf } from "../facts.ts";

/** Names that this kind sets itself, or that would change what a request is. */
const OWN_HEADERS =
  /^(?:x-sallyport-.*|idempotency-key|content-.*|host|transfer-encoding|connection|te|upgrade|expect)$/i;

export default defineReceiver({
  type: "webhook",
  title: "Webhook",
  description: "The incident as JSON, posted to an address of yours; signed when there is a secret.",
  settings: {
    url: webAddress,
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9-]{1,100}$/, { error: "write the name of a header" }),
        z.string().regex(/^[\t\u0020-\u007e]{0,1000}$/, { error: "write printable ASCII" }),
      )
      .optional()
      .meta({ description: "Headers sent along; nothing secret, that is what `token_file` is for." }),
    ca_file: caFile,
  },
  secrets: { secret: "optional", token: "optional" },
  check: ({ headers }) => {
    const taken = Object.keys(headers ?? {}).find((name) => OWN_HEADERS.test(name));
    return taken === undefined ? null : `the header ${taken} is set by the webhook itself`;
  },
  hosts: ({ url }) => [hostOf(url)],
  connect: ({ url, headers, ca_file, secret, token }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    const send = (content: unknown, delivery: string, signal: AbortSignal) => {
      const body = JSON.stringify(content);
      const timestamp = String(Math.floor(ports.clock.now() / 1_000));
      return deliverOver(ports, {
        url,
        ca,
        signal,
        body,
        headers: {
          ...headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          "content-type": "application/json",
          "idempotency-key": delivery,
          "x-sallyport-delivery": delivery,
          "x-sallyport-timestamp": timestamp,
          ...(secret === undefined ? {} : { "x-sallyport-signature": signatureOf(secret, timestamp, body) }),
        },
      });
    };
    return {
      deliver: (notice, { delivery, signal }) =>
        send(bodyOf(notice, ports.link(notice.incident.uid)), delivery, signal),
      deliverDigest: (notices, { delivery, signal }) =>
        send(
          {
            schema_version: 1,
            title: summaryOf(notices),
            notification: { delivery, change: "digest" },
            incidents: notices.map((notice) => bodyOf(notice, ports.link(notice.incident.uid))),
          },
          delivery,
          signal,
        ),
    };
  },
});

/** `sha256=` and the hex HMAC-SHA256 of `TIMESTAMP.BODY`. @param timestamp seconds since 1970 UTC, as in its header */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`, "utf8").digest("hex")}`;
}
