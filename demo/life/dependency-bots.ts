/** Dependabot and Renovate: branches with raised versions and their pull requests, at any hour. */
import { DAY } from "../clock.ts";
import type { Repository } from "../company.ts";
import type { Random } from "../random.ts";
import { githubAudit, githubPushHook, type GithubActor } from "../sensors/repository.ts";
import { privateRepositories, type World } from "../world.ts";
import type { Life } from "./index.ts";

export const dependencyBots: Life = (world, day, random) => {
  const own = random.fork(day);
  for (const repository of own.sample(privateRepositories(world), 5))
    raiseVersion(world, day + own.int(0, DAY - 60_000), repository, own);
};

function raiseVersion(world: World, time: number, repository: Repository, random: Random): void {
  const { dependabot, renovate } = world.company.services;
  const bot = random.pick([dependabot, renovate]);
  const actor: GithubActor = {
    login: bot,
    ip: "192.0.2.200",
    country: "US",
    userAgent: "GitHub-Hookshot",
    credential: {
      hash: `${random.alphanumeric(43)}=`,
      id: random.int(600_000_000, 699_999_999),
      type: "GitHub App server-to-server token",
      scopes: "",
    },
  };
  const what = random.pick(["undici", "zod", "vitest", "eslint", "golang.org/x/net", "requests"]);
  const branch =
    bot === dependabot
      ? `dependabot/npm_and_yarn/${what}-${random.int(2, 9)}.${random.int(0, 20)}.0`
      : `renovate/${what}-${random.int(2, 9)}.x`;
  githubAudit(world, {
    time,
    action: "git.push",
    actor,
    repository,
    more: { transport_protocol: 1, transport_protocol_name: "http" },
    random,
  });
  githubPushHook(world, {
    time: time + 500,
    actor,
    repository,
    ref: `refs/heads/${branch}`,
    message: `Bump ${what}`,
    modified: ["package.json", "package-lock.json"],
    created: true,
    random,
  });
  githubAudit(world, {
    time: time + 2_500,
    action: "pull_request.create",
    actor,
    repository,
    more: { pull_request_title: `Bump ${what}` },
    random,
  });
}
