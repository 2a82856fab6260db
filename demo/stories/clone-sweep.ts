/** Somebody who leaves clones everything there is within the hour, one repository after the other. */
import { fetch, remoteOf } from "../actions/git.ts";
import { SECOND } from "../clock.ts";
import { session } from "../sensors/endpoint.ts";
import { personAtGithub } from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const cloneSweep: Story = {
  id: "clone-sweep",
  title: "Every repository cloned within the hour from a workstation",
  behaviours: ["bulk-clone"],
  shows: { url: ["bulk-clone"], endpoint: ["bulk-clone"], audit: ["bulk-clone"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const shell = session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined);
    let time = at(world, day, 10 + random.next() * 6, host.office);
    const repositories = random.sample(privateRepositories(world), random.int(30, 38));
    for (const repository of repositories) {
      fetch(world, {
        time,
        shell,
        user: person.account.name,
        remote: remoteOf(repository),
        transport: "https",
        bytes: random.size(4_000_000, 0.8),
        actor: personAtGithub(world, person, host, "git/2.47.1"),
        clone: true,
        random,
      });
      time += random.int(20, 70) * SECOND;
    }
    return {
      actor: [person.email, person.account.name, person.github.login],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: repositories.map(({ owner, name }) => `github.com/${owner}/${name}`),
      bytesOut: null,
      evasions: ["E27"],
    };
  },
};
