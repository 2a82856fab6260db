import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformEcs } from "../endpoint/ecs.ts";
import { object, property, text } from "../read-json.ts";

const product = { name: "Elastic Defend", vendor_name: "Elastic" };

export default defineMap({
  id: "elastic-defend",
  title: "Elastic Defend (endpoint security of Elastic Agent): process, network, file, DNS and security events",
  product,
  reference: "https://www.elastic.co/guide/en/security/current/endpoint-event-capture.html",
  lane: "endpoint",
  exporting:
    "The Elastic Defend integration with event collection for process, network, file and DNS; export the " +
    "`logs-endpoint.events.*` data streams with `_source`, or let the agent write to Kafka or Logstash.",
  limits: [
    "Bytes are counted at the end of a connection only.",
    "Reads of files are not recorded by default.",
    "A connection is an address without a name; the DNS events tell that.",
  ],

  recognise({ json }) {
    if (json === null) return 0;
    const event = object(json, "event");
    if (text(event, "module") === "endpoint" || text(event, "dataset")?.startsWith("endpoint.events.") === true)
      return 1;
    if (event !== undefined && text(object(json, "data_stream"), "dataset")?.startsWith("endpoint.events.") === true)
      return 1;
    const isEndpoint = text(object(json, "agent"), "type") === "endpoint";
    return isEndpoint && property(event, "category") !== undefined ? 1 : 0;
  },

  conform({ json }) {
    if (json === null || object(json, "event") === undefined) throw new MalformedInputError("no Elastic Defend event");
    return conformEcs(json, product);
  },
});
