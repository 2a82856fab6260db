/** A hidden service asks the API every minute whether its stolen token still works, and looks for orders in commit messages. */
import { HOUR, MINUTE, SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const tokenPolling: Story = {
  id: "token-polling",
  title: "Service polls the API every minute with a stolen token",
  behaviours: ["token-polling"],
  shows: { url: ["token-polling"], sni: ["token-polling"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer && candidate.workstation.os === "linux",
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const start = at(world, day, 8.5);
    const service = startProcess(world, {
      time: start,
      parent: session(host, person.account, random, "/usr/lib/systemd/systemd"),
      image: "/usr/bin/node",
      argv: ["node", `${homeOf(host, person.account)}/.local/share/gh-token-monitor/index.js`],
      random,
    });
    for (
      let time = start + 2 * SECOND, round = 0;
      time < start + 9 * HOUR;
      time += MINUTE + random.int(-400, 400), round++
    ) {
      const requests = [{ method: "GET", path: "/user", received: 1_400, type: "application/json" }];
      if (round % 15 === 7)
        requests.push({
          method: "GET",
          path: "/search/commits?q=emberfall&sort=committer-date",
          received: 2_600,
          type: "application/json",
        });
      overTls(world, {
        time,
        host,
        user: person.account.name,
        process: service,
        server: server("api.github.com"),
        requests,
        userAgent: "node",
        random,
      });
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: ["github.com"],
      bytesOut: null,
    };
  },
};
