/**
 * Any JSON in the Elastic Common Schema that no map of a product claims.
 *
 * @see https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformAnyEcs, recogniseEcs } from "../generic/ecs.ts";

export default defineMap({
  id: "generic-ecs",
  title: "Elastic Common Schema, any product",
  product: { name: "any", vendor_name: "any" },
  reference: "https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html",
  lane: "network",
  exporting:
    "Anything in Elastic Common Schema: an export of Elasticsearch documents, a Beat's or Logstash's file, " +
    "Kafka or HTTP output, one JSON object a line.",
  limits: [
    "Best effort: events carry the label `best-effort`, the product is the observer or the data set the event names.",
    "As true as the integration that filled the fields: bytes count as sent by the client where it filled source.bytes.",
    "Without event.category an event stays unknown.",
  ],
  recognise: ({ json }) => (json === null ? 0 : recogniseEcs(json)),
  conform({ json }) {
    if (json === null) throw new MalformedInputError("no ECS event");
    return conformAnyEcs(json);
  },
});
