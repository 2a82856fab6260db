/** What machines do by themselves: package lists, certificate checks, the artifact store, time and licences. */
import { HOUR } from "../clock.ts";
import { session } from "../sensors/endpoint.ts";
import { overHttp, overTls } from "../sensors/network.ts";
import { internalServer, server } from "../servers.ts";
import type { Life } from "./index.ts";

export const serverTraffic: Life = (world, day, random) => {
  for (const host of world.company.hosts) {
    const own = random.fork(host.key, day);
    const common = { host, user: null, process: null, random: own };
    const apt = session(host, { name: "_apt", uid: 42 }, own, "/usr/lib/apt/methods/http");
    for (let hour = own.int(0, 3); hour < 24; hour += host.key.startsWith("ws-") ? 9 : 5) {
      const time = day + hour * HOUR + own.int(0, HOUR - 60_000);
      if (host.os === "linux") {
        overHttp(world, {
          ...common,
          time,
          process: own.chance(0.3) && host.endpointLog === "auditd" ? apt : null,
          server: server("deb.mirror-hub.example", 80),
          requests: [{ method: "GET", path: "/debian/dists/stable/InRelease", received: own.size(140_000, 0.2) }],
          userAgent: "Debian APT-HTTP/1.3 (2.9.8)",
        });
      }
      overHttp(world, {
        ...common,
        time: time + 40_000,
        server: server("ocsp.trust-root.example", 80),
        requests: [{ method: "POST", path: "/", sent: 83, received: 471, type: "application/ocsp-response" }],
        userAgent: host.os === "windows" ? "Microsoft-CryptoAPI/10.0" : "curl/8.12.1",
      });
      if (host.office === "head" && /^(?:ci|dev|ws-dev)-/.test(host.key)) {
        overHttp(world, {
          ...common,
          time: time + 90_000,
          server: internalServer(world, "nexus"),
          requests: [
            {
              method: "GET",
              path: `/repository/npm-group/${own.pick(["zod", "undici", "vitest"])}`,
              received: own.size(60_000),
              type: "application/json",
            },
          ],
          userAgent: "npm/10.9.2 node/v22.14.0 linux x64",
        });
      }
      overTls(world, {
        ...common,
        time: time + 150_000,
        server: server("stats.page-counter.example"),
        requests: [{ method: "POST", path: "/v1/health", sent: 700, received: 90, type: "application/json" }],
        userAgent: "agent/2.1",
      });
    }
  }
};
