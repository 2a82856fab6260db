/** IT keeps the code hosts: a new private repository, a team's access, a deploy key, an approved token. */
import type { Repository } from "../company.ts";
import { browser } from "../sensors/identity.ts";
import {
  githubAudit,
  githubRepositoryHook,
  gitlabAudit,
  gitlabProject,
  personAtGithub,
} from "../sensors/repository.ts";
import { at, isOff, privateRepositories } from "../world.ts";
import type { Life } from "./index.ts";

export const repositoryAdministration: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  const own = random.fork(day);
  const person = world.roles.administrator;
  const actor = { ...personAtGithub(world, person, person.workstation, browser(true)), credential: null };
  const repository = own.pick(privateRepositories(world));
  const time = at(world, day, 9.5 + own.next() * 6.5);
  githubAudit(world, {
    time,
    action: "team.add_repository",
    actor,
    repository,
    more: { team: `${world.company.profile.slug}/engineering`, permission: "write" },
    random: own,
  });
  if (own.chance(0.35)) {
    const created: Repository = {
      host: "github.com",
      owner: world.company.profile.slug,
      name: `${own.pick(["tooling", "spike", "runbook"])}-${own.int(10, 99)}`,
      id: 500_400_000 + own.int(0, 99_999),
      private: true,
    };
    githubAudit(world, {
      time: time + 300_000,
      action: "repo.create",
      actor,
      repository: created,
      more: { visibility: "private" },
      random: own,
    });
    githubRepositoryHook(world, time + 301_000, "created", actor, created, own);
    githubAudit(world, {
      time: time + 420_000,
      action: "team.add_repository",
      actor,
      repository: created,
      more: { team: `${world.company.profile.slug}/engineering`, permission: "write" },
      random: own,
    });
  }
  if (own.chance(0.3))
    githubAudit(world, {
      time: time + 900_000,
      action: "protected_branch.create",
      actor,
      repository,
      more: { name: "main" },
      random: own,
    });
  if (own.chance(0.3))
    githubAudit(world, {
      time: time + 1_800_000,
      action: "repo.update_actions_secret",
      actor,
      repository,
      more: { key: "NPM_TOKEN" },
      random: own,
    });
  const project = world.company.repositories.find((candidate) => candidate.owner === "platform") as Repository;
  if (own.chance(0.4)) {
    gitlabAudit(world, {
      time: time + 2_000_000,
      eventType: "member_created",
      author: { id: 101, name: person.name, email: person.email },
      ip: person.workstation.ip,
      ...gitlabProject(world, project),
      message: "Membership created",
      details: { add: "user_access", as: "Developer" },
      random: own,
    });
  }
};
