/** The nightly backup: a mirror clone of every repository, then one archive of them, all inside the company. */
import { fetch, remoteOf } from "../actions/git.ts";
import { SECOND } from "../clock.ts";
import { hostNamed } from "../company.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { serviceAtGithub } from "../sensors/repository.ts";
import { at } from "../world.ts";
import type { Life } from "./index.ts";

export const backups: Life = (world, day, random) => {
  const own = random.fork(day);
  const host = hostNamed(world.company, "backup-01");
  const shell = session(host, world.company.services.backup.account, own, "/usr/bin/bash");
  const actor = serviceAtGithub(world, "backup", host, "git/2.39.5");
  let time = at(world, day, 2.25);
  for (const repository of world.company.repositories) {
    const url = `https://${repository.host}/${repository.owner}/${repository.name}.git`;
    fetch(world, {
      time,
      shell,
      user: null,
      remote: remoteOf(repository),
      transport: "https",
      bytes: own.size(18_000_000, 1.2),
      actor: repository.host === "github.com" ? actor : null,
      clone: true,
      arguments: ["clone", "--mirror", "--quiet", url, `/var/backups/git/${repository.owner}/${repository.name}.git`],
      cwd: "/var/backups/git",
      random: own,
    });
    time += own.int(8, 35) * SECOND;
  }
  startProcess(world, {
    time: time + 40_000,
    parent: shell,
    image: "/usr/bin/tar",
    argv: [
      "tar",
      "--zstd",
      "-cf",
      `/var/backups/archive/git-${new Date(day).toISOString().slice(0, 10)}.tar.zst`,
      "/var/backups/git",
    ],
    random: own,
  });
};
