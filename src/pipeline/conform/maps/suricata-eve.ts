/**
 * Suricata's EVE log -> Network Activity (flow, netflow, tls), HTTP, DNS and SSH Activity, Detection Finding (alert). All
 * records of a connection carry its flow_id as `connection_info.uid`; bytes are in the `flow` record alone.
 *
 * @see https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformEve, recogniseEve } from "../network/suricata.ts";

const product = { name: "Suricata", vendor_name: "OISF" } as const;

export default defineMap({
  id: "suricata-eve",
  title: "Suricata EVE JSON",
  product,
  reference: "https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
  lane: "network",
  exporting:
    "`outputs: eve-log` in `suricata.yaml` with the types alert, flow, dns, http, tls (`extended: yes`), ssh " +
    "and fileinfo; leave netflow off where flow is on.",
  limits: [
    "Bytes are counted in `flow` records, written when a connection ends; long connections appear late.",
    "Where both `flow` and `netflow` are switched on, every connection is counted twice: choose one.",
    "Of HTTPS only the server name shows, of SSH only the programs' versions.",
    "Names no user and no host.",
  ],
  recognise: ({ json }) => (json === null ? 0 : recogniseEve(json)),
  conform({ json }) {
    if (json === null) throw new MalformedInputError("no EVE record");
    return conformEve(json, product);
  },
});
