/**
 * Cisco ASA and FTD syslog -> Network Activity, HTTP Activity, Authentication, Tunnel Activity and API Activity. FTD's security events
 * (4300xx) are the map `cisco-ftd`.
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { commandEvent } from "../network/cisco-command.ts";
import { CONNECTION_READERS } from "../network/cisco-connections.ts";
import { type CiscoMessage, ciscoCode, ciscoSeverity, readCiscoMessage } from "../network/cisco-message.ts";
import { SESSION_READERS } from "../network/cisco-sessions.ts";
import { type CiscoSignOn, SIGN_ON_READERS } from "../network/cisco-sign-on.ts";
import { createSession, report } from "../network/session.ts";
import { createTunnel } from "../network/tunnel.ts";
import type { EventBase } from "../ocsf.ts";
import { createSignOn, NOBODY } from "../sign-on.ts";

const PRODUCT = { name: "ASA", vendor_name: "Cisco" } as const;
const FTD = { name: "FTD", vendor_name: "Cisco" } as const;

export default defineMap({
  id: "cisco-asa",
  title: "Cisco ASA and FTD syslog",
  product: PRODUCT,
  reference: "https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html",
  lane: "network",
  exporting:
    "`logging enable`, `logging timestamp rfc5424`, `logging trap informational`, `logging host inside HOST " +
    "tcp/PORT`, and `logging device-id hostname`; do not disable messages 302013 to 302016, 304001 and " +
    "113019.",
  limits: [
    "Counts both directions of a connection together: what was sent does not show.",
    "Names destinations by address only; URLs appear only for inspected HTTP (304001).",
    "A teardown does not say who began the connection: the end with a service's port is taken for the server.",
    "Times carry no zone unless the device is told to write one.",
  ],
  recognise(record) {
    const code = ciscoCode(record);
    return code === null || code.startsWith("4300") ? 0 : 0.96;
  },
  conform(record, { fileModifiedTime }) {
    const message = readCiscoMessage(record, fileModifiedTime);
    if (message === null) throw new MalformedInputError("no ASA or FTD message");
    const { code, text } = message;
    const base: EventBase = {
      product: message.product === "FTD" ? FTD : PRODUCT,
      time: message.time,
      event_code: code,
      severity_id: ciscoSeverity(message.severity),
    };
    const connection = CONNECTION_READERS.get(code) ?? SESSION_READERS.get(code);
    if (connection !== undefined) {
      const session = connection(text);
      if (session !== null && (session.source !== undefined || session.destination !== undefined))
        return createSession(base, { ...session, reporter: message.reporter });
      return cutOff(code, text);
    }
    const signOn = SIGN_ON_READERS.get(code)?.(text);
    if (signOn === undefined) {
      const command = commandEvent(base, code, text, base.product.name);
      return command === null ? null : report(command, message.reporter);
    }
    return signOn === null ? null : signOnEvents(base, signOn, message);
  },
});

/** Messages of these numbers come in forms without any end of a connection; what names the words and then ends is broken. */
function cutOff(code: string, text: string): null {
  if (/^(?:Built|Teardown|Deny|access-list)\b/.test(text) && /^(?:30201[3-6]|106023|106100)$/.test(code))
    throw new MalformedInputError(`message ${code} without the ends of its connection`);
  return null;
}

function signOnEvents(base: EventBase, signOn: CiscoSignOn, message: CiscoMessage): OcsfEvent | OcsfEvent[] {
  const { user, source, assigned } = signOn;
  if (assigned !== undefined) {
    const unmapped = { ...signOn.unmapped, service: signOn.service };
    return createTunnel(base, {
      activity: 1,
      user,
      outer: source,
      inner: assigned,
      message: message.text,
      unmapped,
    }).map((event) => report(event, message.reporter));
  }
  return report(
    createSignOn(base, {
      activity: signOn.activity,
      user: user ?? NOBODY,
      service: signOn.service,
      source: source ?? { svc_name: signOn.service },
      destination: signOn.destination,
      succeeded: signOn.succeeded,
      detail: signOn.detail,
      message: message.text,
      unmapped: signOn.unmapped ?? {},
    }),
    message.reporter,
  );
}
