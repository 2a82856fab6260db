/**
 * dnsmasq's DHCP log -> DHCP Activity.
 *
 *     DHCPACK(eth0) 10.1.4.17 02:00:00:00:00:17 ws-017
 *     1471302 DHCPDISCOVER(eth0) 02:00:00:00:00:17
 *     DHCPREPLY(eth0) 2001:db8::17 00:01:00:01:… ws-017
 *
 * @see https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress, isIpAddress } from "../decoders/ip-address.ts";
import { createDhcp, DHCP_MESSAGES, macAddress } from "../network/dhcp.ts";

const PRODUCT = { name: "dnsmasq", vendor_name: "Simon Kelley" } as const;

/** The serial number stands there with log-dhcp. */
const MESSAGE = /^(?:(\d{1,10}) )?DHCP([A-Z-]{3,20})\(([^()\s]{1,64})\)(?: (.{1,1024}))?$/;

/** A client identifier of eight bytes could pass for an IPv6 address, which is not written with leading zeros. */
const DUID = /^(?:[0-9a-f]{2}:){5,130}[0-9a-f]{2}$/;

export default defineMap({
  id: "dnsmasq-dhcp",
  title: "dnsmasq DHCP log",
  product: PRODUCT,
  reference: "https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html",
  lane: "network",
  exporting:
    "`log-dhcp` in `dnsmasq.conf`, for more than the default lines; they go to syslog, or to " +
    "`log-facility=/path`.",
  limits: [
    "Says which host holds an address, not what it does with it.",
    "The host name is what the client calls itself; it may lie or be missing.",
    "Does not say how long a lease holds.",
  ],
  recognise({ syslog, body }) {
    if (syslog !== null && syslog.app !== null) return syslog.app === "dnsmasq-dhcp" ? 0.97 : 0;
    return MESSAGE.test(body) ? 0.85 : 0;
  },
  conform({ syslog, body }, { fileModifiedTime }) {
    const match = MESSAGE.exec(body);
    if (match === null) {
      if (/^(?:\d{1,10} )?DHCP[A-Z]{3,12}(?:\(|$)/.test(body))
        throw new MalformedInputError("dnsmasq DHCP message cut off");
      return null;
    }
    const [, serial, kind, interfaceName, rest] = match as unknown as (string | undefined)[];
    const activity = DHCP_MESSAGES.get(kind!);
    if (activity === undefined) return null;
    const words = (rest ?? "").split(" ", 8);
    const address = isIpAddress(words[0]!) && !DUID.test(words[0]!) ? ipAddress(words.shift()) : undefined;
    const mac = macAddress(words[0]);
    const identifier = mac === undefined && DUID.test(words[0] ?? "") ? words[0] : undefined;
    if (mac !== undefined || identifier !== undefined) words.shift();
    if (address === undefined && mac === undefined && identifier === undefined)
      throw new MalformedInputError("dnsmasq DHCP message without its client");
    const trailer = words.join(" ");
    // Behind the client stands its name, or why it got nothing.
    const named = activity === 5 || activity === 2;
    return createDhcp(
      { product: PRODUCT, time: syslog?.time ?? fileModifiedTime, event_code: `DHCP${kind!}` },
      {
        activity,
        address,
        mac,
        identifier,
        interfaceName,
        hostname: named && /^[A-Za-z0-9_.-]{1,255}$/.test(trailer) ? trailer : undefined,
        detail: named || trailer === "" ? undefined : trailer,
        transaction: serial,
      },
      syslog,
    );
  },
});
