/**
 * A token of the pipeline is stolen. From an address never seen it makes public repositories: first one, written to within
 * seconds, hours later a burst of them, a file of ten kilobytes in each.
 */
import { HOUR, SECOND } from "../clock.ts";
import type { Repository } from "../company.ts";
import type { Random } from "../random.ts";
import { CLASSIC, githubAudit, githubPushHook, githubRepositoryHook, type GithubActor } from "../sensors/repository.ts";
import { at, type World } from "../world.ts";
import type { Story } from "./index.ts";

const WORDS = [
  "amber",
  "cobalt",
  "fern",
  "harbor",
  "juniper",
  "lantern",
  "marble",
  "nimbus",
  "orchid",
  "quartz",
  "raven",
  "saffron",
] as const;

export const stolenToken: Story = {
  id: "stolen-token",
  title: "Stolen pipeline token creates public repositories and writes to them",
  behaviours: ["create-repository-then-write", "repository-create-burst", "first-seen-access"],
  shows: { audit: ["create-repository-then-write", "repository-create-burst", "first-seen-access"] },
  demoDay: 4,
  days: 1,
  tell(world, day, random) {
    const { ci } = world.company.services;
    const ip = `198.51.100.${random.int(60, 89)}`;
    const actor: GithubActor = {
      login: ci.github,
      ip,
      country: "NL",
      userAgent: "octokit-core.js/6.1.4 bun/1.2.5",
      credential: { hash: ci.tokenHash, id: ci.tokenId, type: CLASSIC, scopes: "repo,workflow" },
    };
    const first = at(world, day, 13.2);
    const repositories = [makeAndWrite(world, first, actor, random)];
    let time = first + 2 * HOUR;
    for (let count = random.int(11, 14); count > 0; count--) {
      repositories.push(makeAndWrite(world, time, actor, random));
      time += random.int(9 * SECOND, 22 * SECOND);
    }
    return {
      actor: [ci.github.login],
      hosts: [],
      addresses: [ip],
      destinations: repositories.map((repository) => `github.com/${world.company.profile.slug}/${repository.name}`),
      bytesOut: null,
    };
  },
};

function makeAndWrite(world: World, time: number, actor: GithubActor, random: Random): Repository {
  const repository: Repository = {
    host: "github.com",
    owner: world.company.profile.slug,
    name: `${random.pick(WORDS)}-${random.pick(WORDS)}-${random.int(1, 999)}`,
    id: 901_000_000 + random.int(0, 9_999_999),
    private: false,
  };
  githubAudit(world, { time, action: "repo.create", actor, repository, more: { visibility: "public" }, random });
  githubRepositoryHook(world, time + 600, "created", actor, repository, random);
  const written = time + random.int(2_500, 4_500);
  githubAudit(world, {
    time: written,
    action: "git.push",
    actor,
    repository,
    more: { transport_protocol: 1, transport_protocol_name: "http" },
    random,
  });
  githubPushHook(world, {
    time: written + 500,
    actor,
    repository,
    ref: "refs/heads/main",
    message: "Initial commit",
    added: [`results/results-${written}-0.json`],
    modified: [],
    created: true,
    random,
  });
  return repository;
}
