/** Addresses and ports of logs: a field of that name that holds something else is not passed on as one. */

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^[0-9A-Fa-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?$/;

/** The text when it reads as an IPv4 or IPv6 address (an IPv6 zone is taken off), else undefined. */
export function ipOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (IPV4.test(text)) return validIpv4(text) ? text : undefined;
  const zone = text.indexOf("%");
  const address = zone === -1 ? text : text.slice(0, zone);
  if (!address.includes(":") || !IPV6.test(address)) return undefined;
  return address.split(":").every((group) => group.length <= 4 || group.includes(".")) ? address : undefined;
}

/** A whole number from 0 to 65535, else undefined. */
export function portOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}

function validIpv4(text: string): boolean {
  return text.split(".").every((octet) => Number(octet) <= 255 && (octet.length === 1 || octet.charCodeAt(0) !== 0x30));
}
