/** The pipeline: jobs that clone, install packages and keep artifacts, and a release with its files every working day. */
import { fetch, remoteOf } from "../actions/git.ts";
import { MINUTE } from "../clock.ts";
import type { Host, Repository } from "../company.ts";
import type { Random } from "../random.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls, type Request } from "../sensors/network.ts";
import {
  githubAudit,
  githubHook,
  hookRepository,
  organisationOf,
  sender,
  serviceAtGithub,
} from "../sensors/repository.ts";
import { server } from "../servers.ts";
import { at, isOff, hostsOf, privateRepositories, type World } from "../world.ts";
import type { Life } from "./index.ts";

export const continuousIntegration: Life = (world, day, random) => {
  for (const host of hostsOf(world, "ci-")) {
    const own = random.fork(host.key, day);
    for (let job = isOff(world, day) ? 5 : own.int(14, 20); job > 0; job--) {
      const hour = isOff(world, day) || own.chance(0.15) ? own.int(2, 23) + own.next() * 0.9 : 8 + own.next() * 11;
      runJob(world, at(world, day, hour), host, own.pick(privateRepositories(world)), own);
    }
    if (!isOff(world, day))
      release(world, at(world, day, 15 + own.next() * 2), host, own.pick(privateRepositories(world)), own);
  }
};

function runner(host: Host, world: World, random: Random): ReturnType<typeof session> {
  return session(host, world.company.services.ci.account, random, "/opt/actions-runner/bin/Runner.Worker");
}

function runJob(world: World, time: number, host: Host, repository: Repository, random: Random): void {
  const worker = runner(host, world, random);
  const actor = serviceAtGithub(world, "ci", host, "git/2.47.1");
  const workflow = {
    workflow_id: 40_000_000 + (repository.id % 9_973),
    workflow_run_id: 12_000_000_000 + random.int(0, 99_999_999),
    name: "build",
    head_branch: "main",
    event: "push",
    run_attempt: 1,
  };
  githubAudit(world, {
    time: time - 4_000,
    action: "workflows.prepared_workflow_job",
    actor: { ...actor, credential: null },
    repository,
    more: { ...workflow, job_name: "build", runner_name: host.name, secrets_passed: ["NPM_TOKEN"] },
    random,
  });
  const cwd = `/opt/actions-runner/_work/${repository.name}/${repository.name}`;
  const cloned = fetch(world, {
    time,
    shell: worker,
    user: null,
    remote: remoteOf(repository),
    transport: "https",
    bytes: random.size(3_000_000, 1.1),
    actor,
    clone: true,
    arguments: ["clone", "--depth=1", `https://github.com/${world.company.profile.slug}/${repository.name}.git`, "."],
    cwd,
    random,
  });
  const npm = startProcess(world, {
    time: cloned + 3_000,
    parent: worker,
    image: "/usr/bin/node",
    argv: ["node", "/usr/bin/npm", "ci", "--prefer-offline"],
    cwd,
    random,
  });
  const packages: Request[] = Array.from({ length: random.int(2, 4) }, () => ({
    method: "GET",
    path: `/${random.pick(["left-pad", "chalk", "zod", "undici"])}/-/package-${random.int(1, 9)}.0.0.tgz`,
    received: random.size(90_000),
    type: "application/octet-stream",
  }));
  overTls(world, {
    time: cloned + 4_000,
    host,
    user: null,
    process: npm,
    server: server("registry.npmjs.org"),
    requests: packages,
    userAgent: "npm/10.9.2 node/v22.14.0 linux x64 workspaces/false ci/github-actions",
    random,
  });
  const finished = cloned + random.int(1, 7) * MINUTE;
  overTls(world, {
    time: finished - 20_000,
    host,
    user: null,
    process: null,
    server: server("pipelines.actions.githubusercontent.com"),
    requests: [
      {
        method: "PUT",
        path: `/artifacts/${random.hex(16)}?api-version=6.0`,
        sent: random.size(900_000, 0.8),
        received: 120,
        type: "application/json",
      },
    ],
    userAgent: "actions/upload-artifact-4.6.2",
    random,
  });
  githubAudit(world, {
    time: finished,
    action: "workflows.completed_workflow_run",
    actor: { ...actor, credential: null },
    repository,
    more: { ...workflow, conclusion: random.chance(0.9) ? "success" : "failure" },
    random,
  });
}

function release(world: World, time: number, host: Host, repository: Repository, random: Random): void {
  const worker = runner(host, world, random);
  const tag = `v${random.int(1, 6)}.${random.int(0, 30)}.${random.int(0, 9)}`;
  const id = 200_000_000 + random.int(0, 9_999_999);
  const files = [`${repository.name}-linux-amd64.tar.gz`, `${repository.name}-checksums.txt`];
  startProcess(world, {
    time: time - 20_000,
    parent: worker,
    image: "/usr/bin/tar",
    argv: ["tar", "-czf", files[0] as string, "dist"],
    cwd: `/opt/actions-runner/_work/${repository.name}/${repository.name}`,
    random,
  });
  const gh = startProcess(world, {
    time,
    parent: worker,
    image: "/usr/bin/gh",
    argv: ["gh", "release", "create", tag, ...files, "--repo", `${world.company.profile.slug}/${repository.name}`],
    random,
  });
  const common = { host, user: null, process: gh, userAgent: "GitHub CLI 2.65.0", random };
  const created = overTls(world, {
    ...common,
    time: time + 200,
    server: server("api.github.com"),
    requests: [
      {
        method: "POST",
        path: `/repos/${world.company.profile.slug}/${repository.name}/releases`,
        sent: 640,
        received: 2_900,
        status: 201,
        type: "application/json",
      },
    ],
  });
  const uploads = files.map((file, index) => ({
    method: "POST",
    path: `/repos/${world.company.profile.slug}/${repository.name}/releases/${id}/assets?name=${file}`,
    sent: index === 0 ? random.size(28_000_000, 0.5) : 180,
    received: 1_500,
    status: 201,
    type: "application/json",
  }));
  const done = overTls(world, {
    ...common,
    time: created + 150,
    server: server("uploads.github.com"),
    requests: uploads,
  });
  const { github } = world.company.services.ci;
  githubHook(world, done, "release", random, {
    action: "published",
    release: {
      id,
      tag_name: tag,
      name: tag,
      draft: false,
      prerelease: false,
      html_url: `https://github.com/${world.company.profile.slug}/${repository.name}/releases/tag/${tag}`,
      author: sender(github),
    },
    repository: hookRepository(world, repository, done),
    organization: organisationOf(world),
    sender: sender(github),
  });
}
