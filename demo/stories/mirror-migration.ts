/** Repositories of the organisation are mirrored one by one into an account outside, private first, then public. */
import { fetch, push, remoteOf } from "../actions/git.ts";
import { SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { personAtGithub } from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const mirrorMigration: Story = {
  id: "mirror-migration",
  title: "Private repositories mirrored to an account outside",
  behaviours: [
    "mirror-migration",
    "push-to-unsanctioned-repository",
    "create-repository-then-write",
    "exposure-change",
  ],
  shows: {
    // a change through the API does not show in its address what it changes
    url: ["mirror-migration", "push-to-unsanctioned-repository", "create-repository-then-write"],
    endpoint: [
      "mirror-migration",
      "push-to-unsanctioned-repository",
      "create-repository-then-write",
      "exposure-change",
    ],
  },
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
    const login = `${person.account.name}-${random.hex(4)}`;
    const shell = session(host, person.account, random);
    const cwd = `${homeOf(host, person.account)}/.cache/m`;
    const curl = { image: "/usr/bin/curl", parent: shell, random };
    let time = at(world, day, 19.4);
    let sent = 0;
    const repositories = random.sample(privateRepositories(world), 9);
    for (const repository of repositories) {
      const name = `${world.company.profile.slug}-${repository.name}-migration`;
      const created = startProcess(world, {
        ...curl,
        time,
        argv: [
          "curl",
          "-s",
          "-X",
          "POST",
          "https://api.github.com/user/repos",
          "-d",
          `{"name":"${name}","private":true}`,
        ],
      });
      overTls(world, {
        time: time + 40,
        host,
        user: person.account.name,
        process: created,
        server: server("api.github.com"),
        requests: [
          { method: "POST", path: "/user/repos", status: 201, sent: 88, received: 5_800, type: "application/json" },
        ],
        userAgent: "curl/8.12.1",
        random,
      });
      const bytes = random.size(9_000_000, 0.6);
      const work = { shell, user: person.account.name, transport: "https" as const, bytes, cwd, random };
      const cloned = fetch(world, {
        ...work,
        time: time + 2 * SECOND,
        remote: remoteOf(repository),
        actor: personAtGithub(world, person, host, "git/2.47.1"),
        clone: true,
        arguments: ["clone", "--mirror", `https://github.com/${world.company.profile.slug}/${repository.name}.git`],
      });
      const pushed = push(world, {
        ...work,
        time: cloned + 3 * SECOND,
        remote: { host: "github.com", owner: login, name, owned: null },
        actor: null,
        arguments: ["-C", `${repository.name}.git`, "push", "--mirror", `https://github.com/${login}/${name}.git`],
      });
      const opened = startProcess(world, {
        ...curl,
        time: pushed + 2 * SECOND,
        argv: ["curl", "-s", "-X", "PATCH", `https://api.github.com/repos/${login}/${name}`, "-d", '{"private":false}'],
      });
      overTls(world, {
        time: pushed + 2_050,
        host,
        user: person.account.name,
        process: opened,
        server: server("api.github.com"),
        requests: [
          { method: "PATCH", path: `/repos/${login}/${name}`, sent: 17, received: 5_800, type: "application/json" },
        ],
        userAgent: "curl/8.12.1",
        random,
      });
      sent += bytes;
      time = pushed + random.int(8, 25) * SECOND;
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: repositories.map(
        (repository) => `github.com/${login}/${world.company.profile.slug}-${repository.name}-migration`,
      ),
      bytesOut: sent,
    };
  },
};
