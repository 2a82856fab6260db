/** Somebody's first days: on the second day of the logs a new engineer clones what the team works on. */
import { fetch, remoteOf } from "../actions/git.ts";
import { DAY, MINUTE } from "../clock.ts";
import { session } from "../sensors/endpoint.ts";
import { browser } from "../sensors/identity.ts";
import { githubAudit, personAtGithub } from "../sensors/repository.ts";
import { at, privateRepositories } from "../world.ts";
import type { Life } from "./index.ts";

export const newJoiner: Life = (world, day, random) => {
  if (day !== world.start + DAY) return;
  const own = random.fork(day);
  const person = world.roles.joiner;
  const administrator = world.roles.administrator;
  const host = person.workstation;
  const web = { ...personAtGithub(world, administrator, administrator.workstation, browser(true)), credential: null };
  githubAudit(world, {
    time: at(world, day, 9.1),
    action: "org.add_member",
    actor: web,
    more: { user: person.github.login, user_id: person.github.id, permission: "read" },
    random: own,
  });
  githubAudit(world, {
    time: at(world, day, 9.2),
    action: "team.add_member",
    actor: web,
    more: { user: person.github.login, user_id: person.github.id, team: `${world.company.profile.slug}/engineering` },
    random: own,
  });
  githubAudit(world, {
    time: at(world, day, 9.8),
    action: "personal_access_token.access_granted",
    actor: web,
    more: {
      user: person.github.login,
      user_id: person.github.id,
      owner: world.company.profile.slug,
      repository_selection: "subset",
    },
    random: own,
  });
  const shell = session(
    host,
    person.account,
    own,
    host.os === "windows" ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined,
  );
  let time = at(world, day, 10);
  for (const repository of own.sample(privateRepositories(world), 14)) {
    fetch(world, {
      time,
      shell,
      user: person.account.name,
      remote: remoteOf(repository),
      transport: "https",
      bytes: own.size(9_000_000),
      actor: personAtGithub(world, person, host, "git/2.47.1"),
      clone: true,
      random: own,
    });
    time += own.int(3, 11) * MINUTE;
  }
};
