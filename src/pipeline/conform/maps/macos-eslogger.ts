import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { conformEsMessage, isEsMessage } from "../endpoint/macos-es.ts";
import { deviceOf } from "../endpoint/objects.ts";
import { object, property, text } from "../read-json.ts";

const product = { name: "Endpoint Security", vendor_name: "Apple" };

export default defineMap({
  id: "macos-eslogger",
  title: "macOS Endpoint Security, as eslogger prints it",
  product,
  reference: "https://developer.apple.com/documentation/endpointsecurity",
  lane: "endpoint",
  exporting:
    "`sudo eslogger exec fork exit create rename write close unlink openssh_login >> FILE` on the machine; a " +
    "program with full disk access has to run it.",
  limits: [
    "Endpoint Security has no network events: connections have to come from elsewhere.",
    "Users are numbers, and the machine is named only where the collector adds it.",
    "eslogger records the kinds of event it is asked for.",
  ],

  // Jamf writes the same tree with a vendor and a host around it.
  recognise: ({ json }) =>
    json !== null && isEsMessage(json) && text(object(json, "metadata"), "vendor") === undefined
      ? property(json, "schema_version") === undefined
        ? 0.9
        : 1
      : 0,

  conform({ json, syslog }) {
    if (json === null || !isEsMessage(json)) throw new MalformedInputError("no Endpoint Security message");
    const host =
      text(object(json, "host"), "hostname") ??
      text(json, "hostname") ??
      text(json, "host") ??
      syslog?.hostname ??
      undefined;
    return conformEsMessage(json, product, deviceOf(host, "macos"));
  },
});
