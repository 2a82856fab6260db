/** A push to somebody's own forge by bare address and without TLS: no name anywhere, but git's own paths show. */
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overHttp } from "../sensors/network.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const unknownForge: Story = {
  id: "unknown-forge",
  title: "Push to a self-hosted forge by address",
  behaviours: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
  shows: {
    url: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
    endpoint: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
  },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const ip = `203.0.113.${random.int(241, 250)}`;
    const repository = "/lab/archive.git";
    const bytes = random.int(12_000_000, 40_000_000);
    const time = at(world, day, 17.3);
    const url = `http://${ip}:3000${repository}`;
    const git = startProcess(world, {
      time,
      parent: session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined),
      image: windows ? "C:\\Program Files\\Git\\mingw64\\bin\\git.exe" : "/usr/bin/git",
      argv: [windows ? "git.exe" : "git", "push", url, "HEAD:main"],
      cwd: homeOf(host, person.account),
      random,
    });
    overHttp(world, {
      time: time + 60,
      host,
      user: person.account.name,
      process: git,
      server: { name: ip, ip, port: 3000 },
      resolves: false,
      requests: [
        {
          method: "GET",
          path: `${repository}/info/refs?service=git-receive-pack`,
          received: 400,
          type: "application/x-git-receive-pack-advertisement",
        },
        {
          method: "POST",
          path: `${repository}/git-receive-pack`,
          sent: bytes,
          received: 300,
          type: "application/x-git-receive-pack-result",
        },
      ],
      userAgent: "git/2.47.1",
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`${ip}/lab/archive`],
      bytesOut: bytes,
    };
  },
};
