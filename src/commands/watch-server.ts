/** Configuration -> how the server listens and whom it lets in. */
import { accessSettings } from "../content/configuration/access.ts";
import type { Configuration } from "../content/configuration/index.ts";
import { readCertificate } from "../pipeline/serve/access-listen.ts";
import type { ServerOptions } from "../pipeline/serve/server.ts";

/** @throws {InvalidConfigError} when a secret or a file of `tls` cannot be read */
export function serverOptionsOf(
  configuration: Configuration,
): Pick<ServerOptions, "listen" | "allowedHosts" | "settings" | "tls"> {
  const { listen, tls, allowed_hosts: allowedHosts = [], access } = configuration;
  return {
    // `:8440` is every address of the machine.
    listen: listen.startsWith(":") ? `[::]${listen}` : listen,
    allowedHosts,
    settings: accessSettings(access),
    ...(tls === undefined ? {} : { tls: { ...readCertificate(tls), files: tls } }),
  };
}
