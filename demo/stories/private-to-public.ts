/** An assistant with a person's token reads private repositories and writes what it read into a public pull request. */
import { SECOND } from "../clock.ts";
import type { Repository } from "../company.ts";
import {
  githubAudit,
  githubHook,
  hookRepository,
  organisationOf,
  personAtGithub,
  sender,
} from "../sensors/repository.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

export const privateToPublic: Story = {
  id: "private-to-public",
  title: "Token reads private repositories, then writes to a public one",
  behaviours: ["private-to-public-crossing"],
  shows: { audit: ["private-to-public-crossing"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const actor = personAtGithub(world, person, person.workstation, "github-mcp-server/0.6.0");
    const target = world.company.repositories.find((repository) => repository.name === "website") as Repository;
    let time = at(world, day, 11.4);
    const call = (method: string, repository: Repository, path: string, route: string, status = 200): void => {
      githubAudit(world, {
        time,
        action: "api.request",
        actor,
        repository,
        more: {
          request_method: method,
          url_path: `/repos/${world.company.profile.slug}/${repository.name}${path}`,
          route,
          status_code: status,
          rate_limit_remaining: random.int(3_000, 4_900),
          query_string: "",
        },
        random,
      });
      time += random.int(700, 2_500);
    };
    call("GET", target, "/issues/41", "/repositories/:repository_id/issues/:issue_number");
    for (const repository of random.sample(privateRepositories(world), 3)) {
      for (const file of ["README.md", "deploy/values.yaml", "docs/customers.md"])
        call("GET", repository, `/contents/${file}`, "/repositories/:repository_id/contents/?*");
    }
    const branch = `agent/update-readme-${random.hex(4)}`;
    call("POST", target, "/git/refs", "/repositories/:repository_id/git/refs", 201);
    call("PUT", target, "/contents/README.md", "/repositories/:repository_id/contents/?*");
    call("POST", target, "/pulls", "/repositories/:repository_id/pulls", 201);
    githubAudit(world, {
      time,
      action: "pull_request.create",
      actor,
      repository: target,
      more: {
        pull_request_title: "Update README",
        pull_request_url: `https://github.com/${world.company.profile.slug}/website/pull/42`,
      },
      random,
    });
    githubHook(world, time + SECOND, "pull_request", random, {
      action: "opened",
      number: 42,
      pull_request: {
        number: 42,
        state: "open",
        title: "Update README",
        html_url: `https://github.com/${world.company.profile.slug}/website/pull/42`,
        user: sender(person.github),
        head: { ref: branch, sha: random.hex(40) },
        base: { ref: "main", sha: random.hex(40) },
        additions: 184,
        deletions: 0,
        changed_files: 1,
      },
      repository: hookRepository(world, target, time),
      organization: organisationOf(world),
      sender: sender(person.github),
    });
    return {
      actor: [person.email, person.github.login],
      hosts: [],
      addresses: [actor.ip],
      destinations: [`github.com/${world.company.profile.slug}/website`],
      bytesOut: null,
    };
  },
};
