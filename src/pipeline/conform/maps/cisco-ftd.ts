/**
 * Cisco Firepower Threat Defense, security events 430001 to 430005 -> Network, HTTP and DNS Activity, Detection Finding.
 * All other messages of the device are the map `cisco-asa`.
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide/security-event-syslog-messages.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ciscoCode, ciscoSeverity, readCiscoMessage } from "../network/cisco-message.ts";
import { ftdEvent, readFtdFields } from "../network/ftd-event.ts";

const PRODUCT = { name: "FTD", vendor_name: "Cisco" } as const;

export default defineMap({
  id: "cisco-ftd",
  title: "Cisco FTD security events",
  product: PRODUCT,
  reference:
    "https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide/security-event-syslog-messages.html",
  lane: "network",
  exporting:
    "Platform settings, Syslog, for threat defence, with 'Log at end of connection' on the access rules: " +
    "messages 430002 and 430003 carry what is read here.",
  limits: [
    "Shows the URL of encrypted requests only as far as the certificate or the policy's decryption tells.",
    "Names no HTTP method.",
    "Connections appear as the access rule logs them: at their beginning, at their end, or not at all.",
  ],
  recognise: (record) => (ciscoCode(record)?.startsWith("4300") === true ? 0.97 : 0),
  conform(record, { fileModifiedTime }) {
    const message = readCiscoMessage(record, fileModifiedTime);
    if (message === null) throw new MalformedInputError("no FTD message");
    const fields = readFtdFields(message.text);
    const severity_id = message.severity <= 1 ? 1 : ciscoSeverity(message.severity);
    const event = ftdEvent(message, fields, {
      product: PRODUCT,
      time: message.time,
      event_code: message.code,
      severity_id,
    });
    if (event === null) throw new MalformedInputError("FTD event without the ends of its connection");
    return event;
  },
});
