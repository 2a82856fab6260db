/** An engineer makes a private repository of the organisation public. */
import { browser } from "../sensors/identity.ts";
import {
  githubAudit,
  githubHook,
  githubRepositoryHook,
  hookRepository,
  organisationOf,
  personAtGithub,
  sender,
} from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const exposureChange: Story = {
  id: "exposure-change",
  title: "Private repository of the organisation made public",
  behaviours: ["exposure-change"],
  shows: { audit: ["exposure-change"] },
  demoDay: 2,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.team === "engineering",
      (candidate) => candidate.workstation.os === "windows",
    );
    const valuable = privateRepositories(world).filter((candidate) =>
      /^(?:payments|ledger|fraud|settlement|billing|identity)-/.test(candidate.name),
    );
    const repository = random.pick(valuable.length > 0 ? valuable : privateRepositories(world));
    const actor = {
      ...personAtGithub(world, person, person.workstation, browser(person.workstation.os === "windows")),
      credential: null,
    };
    const time = at(world, day, 15.35);
    const opened = { ...repository, private: false };
    githubAudit(world, {
      time,
      action: "repo.access",
      actor,
      repository: opened,
      more: { visibility: "public", previous_visibility: "private" },
      random,
    });
    githubRepositoryHook(world, time + 700, "publicized", actor, opened, random);
    githubHook(world, time + 800, "public", random, {
      repository: hookRepository(world, opened, time),
      organization: organisationOf(world),
      sender: sender(person.github),
    });
    return {
      actor: [person.email, person.github.login],
      hosts: [],
      addresses: [actor.ip],
      destinations: [`github.com/${world.company.profile.slug}/${repository.name}`],
      bytesOut: null,
    };
  },
};
