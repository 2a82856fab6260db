/**
 * Elasticsearch and OpenSearch by `_bulk`: one document a change. The document's id is that of the delivery and it is only ever
 * created, so that a second attempt adds nothing; data streams take it too.
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
import * as z from "zod";
import { ecsDocument } from "../formats/ecs.ts";
import { outcomeOf, sendRequest } from "../http-request.ts";
import { defineReceiver, type Outcome } from "../receiver.ts";
import { caFile, hostOf, text, webAddress, withPath } from "../settings.ts";

export default defineReceiver({
  type: "elasticsearch",
  title: "Elasticsearch",
  description: "A document in Elastic Common Schema, by the bulk API of Elasticsearch or OpenSearch.",
  settings: {
    url: webAddress.meta({ description: "Of the cluster: `https://elastic.acme.example:9200`." }),
    index: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,199}$/, { error: "write the name of an index or data stream, lower case" })
      .optional()
      .meta({ description: "Index or data stream; `logs-sallyport.incident-default` when left out." }),
    user: text.optional().meta({ description: "For `password`." }),
    ca_file: caFile,
  },
  secrets: { api_key: "optional", password: "optional" },
  check: ({ user, password_file, password_env }) =>
    (user === undefined) === (password_file === undefined && password_env === undefined)
      ? null
      : "user goes with password_file or password_env",
  hosts: ({ url }) => [hostOf(url)],
  connect: ({ url, index = "logs-sallyport.incident-default", user, ca_file, api_key, password }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    const authorization =
      api_key !== undefined
        ? `ApiKey ${api_key}`
        : password !== undefined
          ? `Basic ${Buffer.from(`${user ?? ""}:${password}`, "utf8").toString("base64")}`
          : undefined;
    return {
      deliver: async (notice, { signal }) => {
        const document = ecsDocument(notice, ports.link(notice.incident.uid), ports.version);
        const answer = await sendRequest(ports.guard, {
          url: withPath(url, "/_bulk"),
          ca,
          signal,
          headers: {
            ...(authorization === undefined ? {} : { authorization }),
            "content-type": "application/x-ndjson",
          },
          body: `${JSON.stringify({ create: { _index: index, _id: notice.delivery } })}\n${JSON.stringify(document)}\n`,
        });
        const outcome = outcomeOf(answer, ports.clock.now());
        return outcome.result === "delivered" ? outcomeOfItem(answer.body) : outcome;
      },
    };
  },
});

const BulkAnswerSchema = z.object({
  items: z.tuple([z.object({ create: z.object({ status: z.int(), error: z.unknown().optional() }) })]),
});

/** The bulk API answers 200 whatever became of the document. 409: it is there already. */
function outcomeOfItem(body: string): Outcome {
  let item: { readonly status: number; readonly error?: unknown };
  try {
    item = BulkAnswerSchema.parse(JSON.parse(body)).items[0].create;
  } catch {
    return { result: "refused", answer: "200, but no answer of the bulk API: is this Elasticsearch?" };
  }
  const { status, error } = item;
  if (status === 409) return { result: "delivered", answer: "409: it is there already" };
  if (status >= 200 && status < 300) return { result: "delivered", answer: String(status) };
  const answer = `${status}: ${(JSON.stringify(error) ?? "").slice(0, 300)}`;
  return { result: status === 429 || status >= 500 ? "failed" : "refused", answer };
}
