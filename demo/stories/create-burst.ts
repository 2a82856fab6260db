/** A worm with a developer's token makes one public repository after the other and puts an encrypted file into each. */
import { SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const createBurst: Story = {
  id: "create-burst",
  title: "Public repositories made and filled one after the other",
  behaviours: ["repository-create-burst", "create-repository-then-write", "api-upload"],
  shows: {
    url: ["repository-create-burst", "create-repository-then-write", "api-upload"],
    endpoint: ["repository-create-burst"],
  },
  hostOnly: ["endpoint"],
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const login = person.github.login;
    const names: string[] = [];
    let time = at(world, day, 9.5 + random.next() * 7, host.office);
    let total = 0;
    const parent = startProcess(world, {
      time: time - 9 * SECOND,
      parent: session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined),
      image: windows ? "C:\\Program Files\\nodejs\\node.exe" : "/usr/bin/node",
      argv: [windows ? "node.exe" : "node", "setup.mjs"],
      cwd: homeOf(host, person.account),
      random,
    });
    for (let count = random.int(5, 9); count > 0; count--) {
      const name = `${random.hex(8)}-${random.int(10, 99)}`;
      names.push(name);
      const gh = startProcess(world, {
        time,
        parent,
        image: windows ? "C:\\Program Files\\GitHub CLI\\gh.exe" : "/usr/bin/gh",
        argv: [windows ? "gh.exe" : "gh", "repo", "create", name, "--public"],
        random,
      });
      const size = random.int(8_000, 14_000);
      total += size;
      overTls(world, {
        time: time + 300,
        host,
        user: person.account.name,
        process: gh,
        server: server("api.github.com"),
        requests: [
          { method: "POST", path: "/user/repos", status: 201, sent: 160, received: 5_600, type: "application/json" },
          {
            method: "PUT",
            path: `/repos/${login}/${name}/contents/results/results-${time}-${count}.json`,
            status: 201,
            sent: size,
            received: 1_700,
            type: "application/json",
            after: 3_000,
          },
        ],
        userAgent: "GitHub CLI 2.65.0",
        random,
      });
      time += random.int(8, 20) * SECOND;
    }
    return {
      actor: [person.email, person.account.name, login],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: names.map((name) => `github.com/${login}/${name}`),
      bytesOut: total,
      evasions: ["E10", "E28"],
    };
  },
};
