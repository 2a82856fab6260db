/** Configuration -> how the server listens. */
import { readFileSync } from "node:fs";
import type { Configuration } from "../content/configuration/index.ts";
import { InvalidConfigError } from "../model/errors.ts";
import type { ServerOptions } from "../pipeline/serve/server.ts";

/** @throws {InvalidConfigError} when a file of `tls` cannot be read */
export function serverOptionsOf(
  configuration: Configuration,
): Pick<ServerOptions, "listen" | "allowedHosts"> & Partial<Pick<ServerOptions, "tls">> {
  const { listen, tls, allowed_hosts: allowedHosts = [] } = configuration;
  // `:8440` is every address of the machine.
  const address = listen.startsWith(":") ? `[::]${listen}` : listen;
  if (tls === undefined) return { listen: address, allowedHosts };
  const { certificate_file, key_file } = tls;
  return { listen: address, allowedHosts, tls: { cert: readPem(certificate_file), key: readPem(key_file) } };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new InvalidConfigError("cannot be read: check that it exists and is yours", { place: { file }, cause });
  }
}
