/** The repository is handed on instead of copied: transferred, forks allowed, a deploy key or an outsider added, exported. */
import { MINUTE } from "../clock.ts";
import { browser } from "../sensors/identity.ts";
import { githubAudit, personAtGithub } from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const ownerChange: Story = {
  id: "owner-change",
  title: "Private repository handed to outsiders",
  behaviours: ["exposure-change"],
  shows: { audit: ["exposure-change"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer || candidate.team === "it");
    const actor = { ...personAtGithub(world, person, person.workstation, browser(true)), credential: null };
    const repository = random.pick(privateRepositories(world));
    const time = at(world, day, 10 + random.next() * 7, person.office);
    const action = random.pick([
      "repo.transfer_outgoing",
      "private_repository_forking.enable",
      "repo.pages_public",
      "repo.transfer_start",
    ]);
    const common = { actor, repository, random };
    githubAudit(world, { ...common, time, action, more: { visibility: "private" } });
    if (action === "private_repository_forking.enable")
      githubAudit(world, {
        ...common,
        time: time + 4 * MINUTE,
        action: "repo.add_member",
        more: { user: `guest-${random.hex(4)}` },
      });
    return {
      actor: [person.email, person.github.login],
      hosts: [],
      addresses: [actor.ip],
      destinations: [`github.com/${repository.owner}/${repository.name}`],
      bytesOut: null,
      evasions: ["E26"],
    };
  },
};
