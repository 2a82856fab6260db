/** Designs and fixtures kept with Git LFS: the batch request names the objects, the bytes go to object storage. */
import { push, remoteOf } from "../actions/git.ts";
import type { Repository } from "../company.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { personAtGithub } from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, isOff } from "../world.ts";
import type { Life } from "./index.ts";

export const largeFiles: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  const own = random.fork(day);
  const repository = world.company.repositories.find((candidate) => candidate.name === "design-assets") as Repository;
  const person = world.company.people.filter((candidate) => candidate.team === "engineering")[0];
  if (person === undefined) return;
  const host = person.workstation;
  const windows = host.os === "windows";
  const shell = session(host, person.account, own, windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined);
  const time = at(world, day, 11 + own.next() * 5);
  const lfs = startProcess(world, {
    time,
    parent: shell,
    image: windows ? "C:\\Program Files\\Git LFS\\git-lfs.exe" : "/usr/bin/git-lfs",
    argv: [
      windows ? "git-lfs.exe" : "git-lfs",
      "pre-push",
      "origin",
      `https://github.com/${world.company.profile.slug}/design-assets.git`,
    ],
    random: own,
  });
  const common = {
    host,
    user: person.account.name,
    process: lfs,
    userAgent: "git-lfs/3.6.1 (GitHub; windows amd64; go 1.23.3)",
    random: own,
  };
  const announced = overTls(world, {
    ...common,
    time: time + 60,
    server: server("github.com"),
    requests: [
      {
        method: "POST",
        path: `/${world.company.profile.slug}/design-assets.git/info/lfs/objects/batch`,
        sent: 420,
        received: 2_100,
        type: "application/vnd.git-lfs+json",
      },
    ],
  });
  const oid = own.hex(64);
  const stored = overTls(world, {
    ...common,
    time: announced + 100,
    server: server("github-cloud.s3.amazonaws.com"),
    requests: [
      {
        method: "PUT",
        path: `/alambic/media/${own.int(1e8, 9e8)}/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}?actor_id=${person.github.id}`,
        sent: own.size(26_000_000, 0.6),
        received: 0,
        type: "application/xml",
      },
    ],
  });
  push(world, {
    time: stored + 400,
    shell,
    user: person.account.name,
    remote: remoteOf(repository),
    transport: "https",
    bytes: own.size(5_000, 0.5),
    actor: personAtGithub(world, person, host, "git/2.47.1"),
    modified: ["screens/checkout.fig"],
    random: own,
  });
};
