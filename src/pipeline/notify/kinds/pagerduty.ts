/**
 * PagerDuty's Events API v2. An incident is one alert, whatever happens to it: its uid is the deduplication key, closing it
 * resolves the alert.
 * @see https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
 */
import type { Severity } from "../../../model/incident.ts";
import type { Notice } from "../../../model/notification.ts";
import { changeOf, factsOf, isoTime, nextStepsOf, reasonsOf, titleOf } from "../facts.ts";
import { deliverOver } from "../http-request.ts";
import { defineReceiver, type Outcome } from "../receiver.ts";
import { caFile, hostOf, webAddress } from "../settings.ts";

const MAX_SUMMARY = 1_024;
const MAX_SOURCE = 255;

const SEVERITY: Readonly<Record<Severity, string>> = {
  informational: "info",
  low: "info",
  medium: "warning",
  high: "error",
  critical: "critical",
};

export default defineReceiver({
  type: "pagerduty",
  title: "PagerDuty",
  description: "An alert by the Events API v2; with `changes: [new, raised, closed]` closing the incident resolves it.",
  settings: {
    url: webAddress
      .optional()
      .meta({ description: "`https://events.pagerduty.com/v2/enqueue` when left out; the EU region has another." }),
    ca_file: caFile,
  },
  secrets: { routing_key: "required" },
  hosts: ({ url }) => (url === undefined ? [] : [hostOf(url)]),
  connect: ({ url = "https://events.pagerduty.com/v2/enqueue", ca_file, routing_key }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    return {
      deliver: async (notice, { signal }) => {
        let outcome: Outcome = { result: "delivered", answer: "" };
        for (const event of pagerdutyEvents(notice, ports.link(notice.incident.uid))) {
          outcome = await deliverOver(ports, {
            url,
            ca,
            signal,
            body: JSON.stringify({ routing_key, ...event }),
            headers: { "content-type": "application/json" },
          });
          if (outcome.result !== "delivered") break;
        }
        return outcome;
      },
    };
  },
});

/** One event; where closing ends several alerts, one for each. Without the routing key. */
export function pagerdutyEvents(notice: Notice, link: string | null): Record<string, unknown>[] {
  if (notice.change === "closed")
    return [notice.thread, ...notice.merged].map((dedup_key) => ({ event_action: "resolve", dedup_key }));
  const { incident } = notice;
  return [
    {
      event_action: "trigger",
      dedup_key: notice.thread,
      client: "Sallyport",
      ...(link === null ? {} : { client_url: link, links: [{ href: link, text: "Open the incident" }] }),
      payload: {
        summary: titleOf(notice, MAX_SUMMARY),
        source: [...(incident.hosts[0] ?? incident.addresses[0] ?? "sallyport")].slice(0, MAX_SOURCE).join(""),
        severity: SEVERITY[incident.severity],
        timestamp: isoTime(incident.last_time),
        class: incident.behaviours[0] ?? "incident",
        component: "repository",
        custom_details: {
          change: changeOf(notice),
          ...Object.fromEntries(factsOf(notice).map(({ name, value }) => [name.toLowerCase(), value])),
          why: reasonsOf(notice),
          next_steps: nextStepsOf(notice),
          delivery: notice.delivery,
        },
      },
    },
  ];
}
