/** Keys and personnel data are pushed to the company's public website repository, past push protection. */
import { push, remoteOf } from "../actions/git.ts";
import { SECOND } from "../clock.ts";
import type { Repository } from "../company.ts";
import { session } from "../sensors/endpoint.ts";
import { githubAudit, githubHook, hookRepository, organisationOf, personAtGithub } from "../sensors/repository.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const sensitiveContent: Story = {
  id: "sensitive-content",
  title: "Keys and personnel data pushed to a public repository",
  behaviours: ["sensitive-content-pushed", "defences-disabled"],
  shows: { audit: ["sensitive-content-pushed", "defences-disabled"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.team === "engineering");
    const host = person.workstation;
    const windows = host.os === "windows";
    const repository = world.company.repositories.find((candidate) => candidate.name === "website") as Repository;
    const actor = personAtGithub(world, person, host, "git/2.47.1");
    const time = at(world, day, 13.8);
    const bytes = random.int(1_900_000, 4_200_000);
    githubAudit(world, {
      time: time - 40 * SECOND,
      action: "secret_scanning_push_protection.bypass",
      actor: { ...actor, credential: null },
      repository,
      more: { number: 7, reason: "will_fix_later", secret_type: `${world.company.profile.slug}_api_key` },
      random,
    });
    const pushed = push(world, {
      time,
      shell: session(host, person.account, random, windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined),
      user: person.account.name,
      remote: remoteOf(repository),
      transport: "https",
      bytes,
      actor,
      added: ["backup/personnel-2026.xlsx", "backup/customers.sql", "config/id_rsa", ".env.production"],
      modified: [],
      message: "Backup",
      random,
    });
    githubHook(world, pushed + 9 * SECOND, "secret_scanning_alert", random, {
      action: "created",
      alert: {
        number: 7,
        created_at: new Date(pushed + 8 * SECOND).toISOString(),
        secret_type: `${world.company.profile.slug}_api_key`,
        state: "open",
        push_protection_bypassed: true,
        push_protection_bypassed_by: { login: person.github.login, id: person.github.id, type: "User" },
      },
      repository: hookRepository(world, repository, pushed),
      organization: organisationOf(world),
      sender: { login: "github", id: 9_919, type: "Organization" },
    });
    return {
      actor: [person.email, person.github.login],
      hosts: [host.name],
      addresses: [host.ip, actor.ip],
      destinations: [`github.com/${world.company.profile.slug}/website`],
      bytesOut: bytes,
    };
  },
};
