/** Projects of the internal GitLab are exported and downloaded, and one is made public. */
import { MINUTE, SECOND } from "../clock.ts";
import { gitlabAudit, gitlabProject } from "../sensors/repository.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const gitlabExport: Story = {
  id: "gitlab-export",
  title: "Internal project opened to everybody and exported",
  behaviours: ["exposure-change"],
  shows: { audit: ["exposure-change"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const ip = person.workstation.ip;
    const project = random.pick(
      world.company.repositories.filter(
        (repository) => repository.host === world.company.profile.gitlab && repository.owner !== "hr",
      ),
    );
    const common = {
      author: { id: 1_000 + person.account.uid, name: person.name, email: person.email },
      ip,
      ...gitlabProject(world, project),
      random,
    };
    const time = at(world, day, 18.9);
    gitlabAudit(world, {
      ...common,
      time,
      eventType: "project_visibility_level_updated",
      message: "Changed visibility from Private to Public",
      details: { change: "visibility", from: "Private", to: "Public" },
    });
    gitlabAudit(world, {
      ...common,
      time: time + 2 * MINUTE,
      eventType: "project_export_created",
      message: "Project export created",
    });
    gitlabAudit(world, {
      ...common,
      time: time + 2 * MINUTE + 20 * SECOND,
      eventType: "project_export_file_download_started",
      message: "Export file download started",
    });
    return {
      actor: [person.email, person.name.toLowerCase()],
      hosts: [person.workstation.name],
      addresses: [ip],
      destinations: [`${world.company.profile.gitlab}/${project.owner}/${project.name}`],
      bytesOut: null,
    };
  },
};
