/**
 * ISC dhcpd's log -> DHCP Activity: which hardware address and host name holds which address.
 *
 * @see https://kb.isc.org/docs/isc-dhcp-44-manual-pages-dhcpd
 */
import { defineMap } from "../define-map.ts";
import { createDhcp } from "../network/dhcp.ts";
import { innerSyslog } from "../network/inner-syslog.ts";
import { isInfobloxDhcp, readIscDhcp } from "../network/isc-dhcp.ts";

const PRODUCT = { name: "ISC DHCP", vendor_name: "ISC" } as const;

export default defineMap({
  id: "isc-dhcpd",
  title: "ISC dhcpd log",
  product: PRODUCT,
  reference: "https://kb.isc.org/docs/isc-dhcp-44-manual-pages-dhcpd",
  lane: "network",
  exporting:
    "It logs to syslog by itself; `log-facility local7;` in `dhcpd.conf` puts its lines into a file of their " + "own.",
  limits: [
    "Says which host holds an address, not what it does with it.",
    "The host name is what the client calls itself; it may lie or be missing.",
    "Does not say how long a lease holds.",
  ],
  recognise(record) {
    const { app, body } = innerSyslog(record);
    if (app !== null) return (app === "dhcpd" && !isInfobloxDhcp(body)) || app === "dhcpdv6" ? 0.95 : 0;
    return /^DHCP(?:ACK|OFFER|NAK) on [0-9.]{7,15} to [0-9A-Fa-f:]{17} /.test(body) ? 0.85 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const { header, body } = innerSyslog(record);
    const message = readIscDhcp(body);
    if (message === null) return null;
    const code = /^(?:DHCP[A-Z]+|[A-Z][a-z]+)/.exec(body)?.[0];
    return createDhcp({ product: PRODUCT, time: header?.time ?? fileModifiedTime, event_code: code }, message, header);
  },
});
