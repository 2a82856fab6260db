/** A developer who pushes kilobytes a day pushes more than a gigabyte to a repository that is allowed. */
import { push, remoteOf } from "../actions/git.ts";
import { session } from "../sensors/endpoint.ts";
import { personAtGithub } from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const volumeAnomaly: Story = {
  id: "volume-anomaly",
  title: "Push a hundred thousand times larger than usual",
  behaviours: ["volume-anomaly"],
  shows: { "sni+flow": ["volume-anomaly"], flow: ["volume-anomaly"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.team === "engineering");
    const host = person.workstation;
    const windows = host.os === "windows";
    const repository = random.pick(privateRepositories(world));
    const bytes = random.int(1_150_000_000, 1_600_000_000);
    push(world, {
      time: at(world, day, 16.8),
      shell: session(host, person.account, random, windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined),
      user: person.account.name,
      remote: remoteOf(repository),
      transport: random.pick(["ssh", "https"] as const),
      bytes,
      actor: personAtGithub(world, person, host, "git/2.47.1"),
      branch: "wip",
      created: true,
      added: ["data/full-export.parquet"],
      cwd: windows
        ? `C:\\Users\\${person.account.name}\\src\\${repository.name}\\`
        : `/home/${person.account.name}/src/${repository.name}`,
      random,
    });
    return {
      actor: [person.email, person.account.name, person.github.login],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${world.company.profile.slug}/${repository.name}`],
      bytesOut: bytes,
    };
  },
};
