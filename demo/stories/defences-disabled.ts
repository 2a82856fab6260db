/** One evening an administrator's account switches off secret scanning, the address allow-list and the audit stream. */
import { MINUTE } from "../clock.ts";
import { browser } from "../sensors/identity.ts";
import { githubAudit, personAtGithub } from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const defencesDisabled: Story = {
  id: "defences-disabled",
  title: "Secret scanning, allow-list and audit stream switched off",
  behaviours: ["defences-disabled", "off-hours-activity"],
  shows: { audit: ["defences-disabled", "off-hours-activity"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.team === "it" || candidate.team === "engineering",
      (candidate) => candidate.team === "it",
    );
    const actor = { ...personAtGithub(world, person, person.workstation, browser(true)), credential: null };
    const repository = random.pick(privateRepositories(world));
    const time = at(world, day, 21.7);
    githubAudit(world, {
      time,
      action: "repository_secret_scanning_push_protection.disable",
      actor,
      repository,
      random,
    });
    githubAudit(world, {
      time: time + MINUTE,
      action: "repository_secret_scanning.disable",
      actor,
      repository,
      random,
    });
    githubAudit(world, { time: time + 3 * MINUTE, action: "ip_allow_list.disable", actor, random });
    githubAudit(world, {
      time: time + 5 * MINUTE,
      action: "audit_log_streaming.update",
      actor,
      more: { sink_details: "Splunk, enabled: false" },
      random,
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
