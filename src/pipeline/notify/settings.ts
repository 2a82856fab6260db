/** Kinds of values that the settings of several receivers have. */
import * as z from "zod";

/** An http or https address. What is secret in it belongs into a secret file, so that it carries no password. */
export const webAddress = z
  .string()
  .refine(isWebAddress, { error: "write an http or https address without a user name or password in it" })
  .meta({ description: "An http or https address." });

export function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, hostname } = new URL(value);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "" && hostname !== "";
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** The address with a path put behind its own, and its query dropped. */
export function withPath(url: string, path: string): string {
  const base = new URL(url);
  base.pathname = `${base.pathname.replace(/\/+$/, "")}${path}`;
  base.search = "";
  base.hash = "";
  return base.toString();
}

export const caFile = z
  .string()
  .min(1)
  .optional()
  .meta({ description: "Certificates to trust instead of the system's, PEM: those of an authority of your own." });

export const text = z.string().min(1, { error: "write a text" });

export const host = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:]{2,45}|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?)$/, {
    error: "write a host name or an address",
  })
  .meta({ description: "Name or address of the machine." });

export const port = z.int().min(1).max(65_535);
