/** A developer pushes the company's code to a repository of their own, in one of the ways that hide where it goes. */
import { push } from "../actions/git.ts";
import { MINUTE, SECOND } from "../clock.ts";
import { homeOf, session, startProcess, type Process } from "../sensors/endpoint.ts";
import { overSsh, overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson, privateRepositories } from "../world.ts";
import type { Story } from "./index.ts";

type Way = "address" | "remote" | "instead-of" | "header" | "ssh-command" | "renamed";

/** The evasions of each way, by their numbers in docs/reference/evasions.md. */
const EVASIONS: Readonly<Record<Way, readonly string[]>> = {
  address: ["E1", "E8"],
  remote: ["E1", "E8"],
  "instead-of": ["E8", "E19"],
  header: ["E8", "E19"],
  "ssh-command": ["E2", "E8", "E19"],
  renamed: ["E8", "E16"],
};

export const personalPush: Story = {
  id: "personal-push",
  title: "Working copy pushed to a personal repository",
  behaviours: ["push-to-unsanctioned-repository"],
  shows: { url: ["push-to-unsanctioned-repository"], endpoint: ["push-to-unsanctioned-repository"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const ways: readonly Way[] =
      world.book.lanes?.has("url") === true
        ? ["address", "remote", "instead-of", "header", "renamed"]
        : ["address", "remote", "instead-of", "header", "ssh-command", "renamed"];
    const way = random.pick(ways);
    const source = random.pick(privateRepositories(world));
    const owner = random.pick([`${person.account.name.replace(".", "")}-home`, `x${random.hex(6)}`, "dotnotes"]);
    const name = random.pick([source.name, "backup", "old-project"]);
    const url = `https://github.com/${owner}/${name}.git`;
    const home = homeOf(host, person.account);
    const cwd = windows ? `${home}src\\${source.name}\\` : `${home}/src/${source.name}`;
    const shell = session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined);
    const time = at(world, day, 11 + random.next() * 6, host.office);
    const bytes = random.size(6_000_000, 0.7);
    const run = (when: number, argv: readonly string[], image?: string, originalName?: string): Process =>
      startProcess(world, {
        time: when,
        parent: shell,
        image: image ?? (windows ? "C:\\Program Files\\Git\\mingw64\\bin\\git.exe" : "/usr/bin/git"),
        argv: [windows ? "git.exe" : "git", ...argv],
        cwd,
        random,
        ...(originalName === undefined ? {} : { originalName }),
      });
    const common = {
      time: time + 2 * MINUTE,
      shell,
      user: person.account.name,
      remote: { host: "github.com", owner, name, owned: null },
      transport: "https" as const,
      bytes,
      actor: null,
      cwd,
      random,
    };
    switch (way) {
      case "address":
        push(world, { ...common, arguments: ["push", url, "HEAD:main"] });
        break;
      case "remote":
        run(
          time,
          random.pick([
            ["remote", "add", "b", url],
            ["remote", "set-url", "origin", url],
          ]),
        );
        push(world, { ...common, arguments: ["push", "b", "--all"] });
        break;
      case "instead-of":
        run(time, [
          "config",
          `url.https://github.com/${owner}/.insteadOf`,
          `https://github.com/${world.company.profile.slug}/`,
        ]);
        push(world, {
          ...common,
          remote: { ...common.remote, name: source.name },
          arguments: ["push", "origin", "main"],
        });
        break;
      case "header":
        push(world, {
          ...common,
          arguments: [
            "-c",
            `http.extraheader=Authorization: Basic ${random.alphanumeric(40)}`,
            "push",
            url,
            "HEAD:main",
          ],
        });
        break;
      case "ssh-command": {
        const target = `git@github.com:${owner}/${name}.git`;
        const git = run(common.time, [
          "-c",
          "core.sshCommand=ssh -i /tmp/.k -o IdentitiesOnly=yes",
          "push",
          target,
          "main",
        ]);
        const ssh = startProcess(world, {
          time: common.time + 40,
          parent: git,
          image: windows ? "C:\\Windows\\System32\\OpenSSH\\ssh.exe" : "/usr/bin/ssh",
          argv: [
            "ssh",
            "-i",
            "/tmp/.k",
            "-o",
            "IdentitiesOnly=yes",
            "git@github.com",
            `git-receive-pack '${owner}/${name}.git'`,
          ],
          random,
        });
        overSsh(world, {
          time: common.time + 60,
          host,
          user: null,
          process: ssh,
          server: server("github.com", 22),
          sent: bytes,
          received: 900,
          random,
        });
        break;
      }
      case "renamed": {
        const image = windows ? `${home}AppData\\Local\\Temp\\helper.exe` : "/tmp/.x/helper";
        const helper = startProcess(world, {
          time: common.time,
          parent: shell,
          image,
          argv: [image, "push", url, "HEAD:main"],
          cwd,
          originalName: "git.exe",
          random,
        });
        overTls(world, {
          time: common.time + SECOND,
          host,
          user: person.account.name,
          process: helper,
          server: server("github.com"),
          requests: [
            { method: "GET", path: `/${owner}/${name}.git/info/refs?service=git-receive-pack`, received: 700 },
            { method: "POST", path: `/${owner}/${name}.git/git-receive-pack`, sent: bytes, received: 400 },
          ],
          userAgent: "git/2.47.1",
          random,
        });
      }
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/${way === "instead-of" ? source.name : name}`],
      bytesOut: bytes,
      evasions: EVASIONS[way],
    };
  },
};
