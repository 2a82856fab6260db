/**
 * Splunk's HTTP Event Collector.
 * @see https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */
import * as z from "zod";
import { bodyOf } from "../body.ts";
import { incidentFinding } from "../formats/ocsf.ts";
import { deliverOver } from "../http-request.ts";
import { defineReceiver } from "../receiver.ts";
import { caFile, hostOf, text, webAddress, withPath } from "../settings.ts";

export default defineReceiver({
  type: "splunk-hec",
  title: "Splunk",
  description: "An event at Splunk's HTTP Event Collector.",
  settings: {
    url: webAddress.meta({ description: "Of the collector, without a path: `https://splunk.acme.example:8088`." }),
    index: text.optional().meta({ description: "Index; that of the token when left out." }),
    sourcetype: text.optional().meta({ description: "`sallyport:incident` when left out." }),
    format: z
      .enum(["incident", "ocsf"])
      .optional()
      .meta({ description: "`incident`, or OCSF Incident Finding; `incident` when left out." }),
    ca_file: caFile,
  },
  secrets: { token: "required" },
  hosts: ({ url }) => [hostOf(url)],
  connect: ({ url, index, sourcetype = "sallyport:incident", format = "incident", ca_file, token }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    return {
      deliver: (notice, { signal }) => {
        const link = ports.link(notice.incident.uid);
        return deliverOver(ports, {
          url: withPath(url, "/services/collector/event"),
          ca,
          signal,
          headers: { authorization: `Splunk ${token}`, "content-type": "application/json" },
          body: JSON.stringify({
            time: notice.incident.last_time / 1_000,
            host: ports.hostname,
            source: "sallyport",
            sourcetype,
            ...(index === undefined ? {} : { index }),
            fields: { delivery: notice.delivery },
            event: format === "ocsf" ? incidentFinding(notice, link, ports.version) : bodyOf(notice, link),
          }),
        });
      },
    };
  },
});
