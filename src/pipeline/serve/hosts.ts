/**
 * Which names the server answers to. A page of a stranger can make its own name point at this machine and would then be of
 * the same origin as the console (DNS rebinding); addresses and localhost cannot be rebound.
 */
import { isIP } from "node:net";
import { hostname } from "node:os";

/** @param allowed names beside localhost, addresses and this machine's own name */
export function hostChecker(allowed: readonly string[]): (header: string | undefined) => boolean {
  const names = new Set(["localhost", hostname().toLowerCase(), ...allowed.map((name) => name.toLowerCase())]);
  return (header) => {
    const host = /^(\[[0-9a-f:.]{2,45}\]|[^:/\s@]{1,253})(?::\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase();
    if (host === undefined) return false;
    return names.has(host.replace(/\.$/, "")) || isIP(host.replace(/^\[|\]$/g, "")) !== 0;
  };
}

export function isLoopback(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
