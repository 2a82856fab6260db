/**
 * The servers that a company's machines talk to. Code hosts carry addresses of their own published ranges, so that a
 * connection can be recognised by address alone; everything else carries addresses kept for documentation.
 */
import { PUBLIC_SITES } from "./names.ts";
import { hash } from "./random.ts";
import type { World } from "./world.ts";

export interface Server {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
}

const KNOWN: Readonly<Record<string, string>> = {
  "github.com": "140.82.121.4",
  "api.github.com": "140.82.121.6",
  "codeload.github.com": "140.82.121.9",
  "uploads.github.com": "140.82.121.13",
  "gist.github.com": "140.82.121.3",
  "ssh.github.com": "140.82.121.35",
  "raw.githubusercontent.com": "185.199.108.133",
  "objects.githubusercontent.com": "185.199.109.133",
  "github-cloud.s3.amazonaws.com": "203.0.113.64",
  "pipelines.actions.githubusercontent.com": "203.0.113.65",
  "gitlab.com": "172.65.251.78",
  "bitbucket.org": "104.192.142.19",
  "codeberg.org": "217.197.84.140",
  "gitee.com": "180.76.198.77",
  "huggingface.co": "203.0.113.90",
  "registry.npmjs.org": "203.0.113.91",
  "pypi.org": "203.0.113.92",
  "marketplace.visualstudio.com": "203.0.113.93",
  "deb.mirror-hub.example": "203.0.113.101",
  "ocsp.trust-root.example": "203.0.113.102",
};

/** The server behind a name; a name not listed gets a stable address of the documentation ranges. */
export function server(name: string, port = 443): Server {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  const number = hash(name);
  const invented = `${number % 2 === 0 ? "198.51.100" : "203.0.113"}.${128 + (number % 120)}`;
  return { name, ip: known ?? invented, port };
}

/** The company's own services. */
export function internalServer(
  world: Pick<World, "company">,
  service: "gitlab" | "nexus" | "intranet" | "mail",
): Server {
  const { domain, gitlab, offices } = world.company.profile;
  const last = { gitlab: 10, nexus: 11, intranet: 12, mail: 13 }[service];
  const name = service === "gitlab" ? gitlab : `${service}.${domain}`;
  return { name, ip: `${offices.head.network}.32.${last}`, port: service === "nexus" ? 8081 : 443 };
}

export const WEB_SITES: readonly Server[] = PUBLIC_SITES.map((name) => server(name));
