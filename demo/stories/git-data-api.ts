/** A script writes through the Git data API: blobs, a tree, a commit, then the branch moves. */
import { SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls, type Request } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const gitDataApi: Story = {
  id: "git-data-api",
  title: "Working copy uploaded through the Git data API",
  behaviours: ["git-data-api-upload"],
  shows: { url: ["git-data-api-upload"], "sni+flow": ["volume-anomaly"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer && candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const windows = host.os === "windows";
    const owner = `${person.account.name}${random.int(10, 99)}`;
    const base = `/repos/${owner}/study/git`;
    const time = at(world, day, 18.2);
    const python = startProcess(world, {
      time,
      parent: session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined),
      image: windows ? "C:\\Python313\\python.exe" : "/usr/bin/python3.13",
      argv: [windows ? "python.exe" : "python3", "sync.py", "src"],
      cwd: homeOf(host, person.account),
      random,
    });
    const requests: Request[] = [
      { method: "GET", path: `${base}/ref/heads/main`, received: 640, type: "application/json" },
    ];
    let sent = 0;
    for (let blob = random.int(34, 60); blob > 0; blob--) {
      const size = random.size(240_000, 0.9);
      sent += size;
      requests.push({
        method: "POST",
        path: `${base}/blobs`,
        status: 201,
        sent: size,
        received: 420,
        type: "application/json",
        after: random.int(80, 900),
      });
    }
    requests.push(
      {
        method: "POST",
        path: `${base}/trees`,
        status: 201,
        sent: 7_900,
        received: 9_400,
        type: "application/json",
        after: SECOND,
      },
      { method: "POST", path: `${base}/commits`, status: 201, sent: 380, received: 1_700, type: "application/json" },
      { method: "PATCH", path: `${base}/refs/heads/main`, sent: 90, received: 640, type: "application/json" },
    );
    overTls(world, {
      time: time + 800,
      host,
      user: person.account.name,
      process: python,
      server: server("api.github.com"),
      requests,
      userAgent: "python-requests/2.32.3",
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/study`],
      bytesOut: sent + 8_370,
    };
  },
};
