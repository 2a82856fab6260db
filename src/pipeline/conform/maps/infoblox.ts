/**
 * Infoblox NIOS and BloxOne -> DNS and DHCP Activity: the response log, response policy zone hits and the Data Connector's events
 * in CEF, leases in syslog and JSON; the audit log of NIOS -> Authentication and API Activity. Queries that NIOS logs as BIND does are the map `bind-query`; here they are read when
 * the source is named.
 *
 * @see https://docs.infoblox.com/space/nios85/35816694/Capturing+DNS+Queries+and+Responses
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type ConformEnvironment, type DecodedRecord, defineMap } from "../define-map.ts";
import { parseCef } from "../decoders/cef.ts";
import { ipAddress, isIpAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { createDhcp, macAddress } from "../network/dhcp.ts";
import { infobloxAuditEvent, readInfobloxAudit } from "../network/infoblox-audit.ts";
import { infobloxCefEvent } from "../network/infoblox-cef.ts";
import { isInfobloxResponse, responseEvent } from "../network/infoblox-response.ts";
import { innerSyslog } from "../network/inner-syslog.ts";
import { isInfobloxDhcp, readIscDhcp } from "../network/isc-dhcp.ts";
import { looseHeader } from "../network/loose-header.ts";
import { text } from "../read-json.ts";
import bindQuery from "./bind-query.ts";

const PRODUCT = { name: "Infoblox", vendor_name: "Infoblox" } as const;

export default defineMap({
  id: "infoblox",
  title: "Infoblox NIOS and BloxOne DNS and DHCP logs",
  product: PRODUCT,
  reference: "https://docs.infoblox.com/space/nios85/35816694/Capturing+DNS+Queries+and+Responses",
  lane: "network",
  exporting:
    "Grid properties, Logging: switch on DNS queries, DNS responses, RPZ, DHCP and audit, and an external syslog " +
    "server in Monitoring. BloxOne: a Data Connector flow in CEF.",
  limits: [
    "Names a user only where BloxOne Threat Defense knows one.",
    "Lookups over HTTPS or TLS to other resolvers (DoH, DoT) do not appear.",
    "NIOS's query lines are BIND's and are recognised as such.",
  ],
  recognise(record) {
    if (record.json !== null) return isLease(record.json) ? 0.9 : 0;
    if (readInfobloxAudit(record.line) !== null) return 0.97;
    const { app, body } = innerSyslog(record);
    if (app === "named" || app === null) {
      if (isInfobloxResponse(body)) return 0.98;
    } else if (app === "dhcpd") return isInfobloxDhcp(body) ? 0.97 : 0;
    // Readers of syslog take `CEF:` for the program's name.
    const cef = record.line.indexOf("CEF:");
    return cef !== -1 && cef < 400 && /^CEF: ?[\d.]{1,4}\|Infoblox\|/.test(record.line.slice(cef, cef + 24)) ? 0.98 : 0;
  },
  conform(record, environment) {
    if (record.json !== null) return leaseOfJson(record.json, environment);
    const { header, app, body } = innerSyslog(record);
    const audit = readInfobloxAudit(record.line);
    if (audit !== null) return infobloxAuditEvent(PRODUCT, audit, hostOf(looseHeader(record, audit.time).hostname));
    const base = { product: PRODUCT, time: header?.time ?? environment.fileModifiedTime };
    const at = record.line.indexOf("CEF:");
    const cef = at === -1 ? null : parseCef(record.line.slice(at));
    if (cef !== null) return infobloxCefEvent(cef, base, header);
    if (app === "dhcpd" || app === "dhcpdv6") {
      const message = readIscDhcp(body);
      return message === null
        ? null
        : createDhcp({ ...base, event_code: /^DHCP[A-Z]+/.exec(body)?.[0] }, message, header);
    }
    if (isInfobloxResponse(body)) return responseEvent(base, body, header?.hostname);
    return queryEvent({ ...record, syslog: header, body }, environment);
  },
});

function hostOf(name: string | null | undefined): string | undefined {
  return name === null || name === undefined || isIpAddress(name) ? undefined : name.toLowerCase();
}

function queryEvent(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  const event = bindQuery.conform(record, environment);
  if (event !== null) event.metadata.product = PRODUCT;
  return event;
}

/** A lease as the DDI API gives it. */
function isLease(json: JsonObject): boolean {
  return (
    text(json, "hardware") !== undefined &&
    text(json, "address") !== undefined &&
    text(json, "space")?.startsWith("ipam/ip_space/") === true
  );
}

function leaseOfJson(json: JsonObject, { fileModifiedTime }: ConformEnvironment): OcsfEvent | null {
  const address = ipAddress(text(json, "address"));
  if (!isLease(json) || address === undefined) throw new MalformedInputError("Infoblox lease without its address");
  const starts = parseTime(text(json, "starts"));
  const ends = parseTime(text(json, "ends"));
  const state = text(json, "state");
  return createDhcp(
    {
      product: PRODUCT,
      time: parseTime(text(json, "last_updated")) ?? starts ?? fileModifiedTime,
      event_code: "lease",
    },
    {
      activity: state === "free" || state === "released" ? 7 : state === "expired" ? 9 : 5,
      address,
      mac: macAddress(text(json, "hardware")),
      hostname: text(json, "hostname"),
      leaseSeconds:
        starts === undefined || ends === undefined || ends < starts ? undefined : Math.round((ends - starts) / 1000),
    },
    null,
  );
}
