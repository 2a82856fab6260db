/** The website: a workflow pushes the built pages to gh-pages. */
import type { Repository } from "../company.ts";
import {
  githubAudit,
  githubHook,
  githubPushHook,
  hookRepository,
  sender,
  type GithubActor,
} from "../sensors/repository.ts";
import { at, isOff } from "../world.ts";
import type { Life } from "./index.ts";

export const pagesDeploys: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  const own = random.fork(day);
  const repository = world.company.repositories.find((candidate) => candidate.name === "website") as Repository;
  const bot = world.company.services.actions;
  const actor: GithubActor = {
    login: bot,
    ip: "192.0.2.201",
    country: "US",
    userAgent: "git/2.48.1",
    credential: {
      hash: `${own.alphanumeric(43)}=`,
      id: own.int(600_000_000, 699_999_999),
      type: "GitHub App server-to-server token",
      scopes: "",
    },
  };
  for (let deploy = own.int(1, 3); deploy > 0; deploy--) {
    const time = at(world, day, 9 + own.next() * 8);
    githubAudit(world, {
      time,
      action: "git.push",
      actor,
      repository,
      more: { transport_protocol: 1, transport_protocol_name: "http" },
      random: own,
    });
    githubPushHook(world, {
      time: time + 300,
      actor,
      repository,
      ref: "refs/heads/gh-pages",
      message: `Deploy ${own.hex(7)}`,
      modified: ["index.html", `assets/main-${own.hex(8)}.js`],
      forced: true,
      random: own,
    });
    githubHook(world, time + 30_000, "page_build", own, {
      id: own.int(1e8, 9e8),
      build: { status: "built", error: { message: null }, commit: own.hex(40), duration: own.int(9_000, 40_000) },
      repository: hookRepository(world, repository, time),
      sender: sender(bot),
    });
  }
};
