/**
 * Events that are OCSF already, of any product and version: brought to 1.8.0 and checked.
 *
 * @see https://schema.ocsf.io/1.8.0
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformOcsf, recogniseOcsf } from "../generic/ocsf.ts";

export default defineMap({
  id: "generic-ocsf",
  title: "OCSF events of any product",
  product: { name: "any", vendor_name: "any" },
  reference: "https://schema.ocsf.io/1.8.0",
  lane: "network",
  exporting:
    "Anything that writes OCSF as JSON: Security Lake exported from Parquet, a pipeline's output, one object " +
    "a line.",
  limits: [
    "As true as who wrote the events: nothing is added to what they say.",
    "Attributes that 1.8.0 does not know, or of another kind, are under `unmapped` by their path.",
    "An event without what its class requires is refused.",
  ],
  recognise: ({ json }) => (json === null ? 0 : recogniseOcsf(json)),
  conform({ json }) {
    if (json === null) throw new MalformedInputError("no OCSF event");
    return conformOcsf(json);
  },
});
