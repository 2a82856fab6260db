/** An editor's extension runs the code host's command line and makes a gist of what it found. */
import { SECOND } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const extensionGist: Story = {
  id: "extension-gist",
  title: "Editor's extension makes a gist of the workspace",
  behaviours: ["gist-or-snippet-upload", "supply-chain-ancestry"],
  shows: { url: ["gist-or-snippet-upload"], endpoint: ["gist-or-snippet-upload", "supply-chain-ancestry"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      // where a log tells no command line of a parent, it does not tell that an editor started it
      ({ developer, workstation: { endpointLog } }) =>
        developer &&
        endpointLog !== "security" &&
        (endpointLog !== "auditd" || world.company.profile.formats.linux !== "auditd"),
    );
    const host = person.workstation;
    const windows = host.os === "windows";
    const home = homeOf(host, person.account);
    const time = at(world, day, 10 + random.next() * 7, host.office);
    const code = windows ? "C:\\Program Files\\Microsoft VS Code\\Code.exe" : "/usr/share/code/code";
    const editor = session(host, person.account, random, code);
    const extension = startProcess(world, {
      time,
      parent: editor,
      image: code,
      argv: [code, "--type=extensionHost", "--skipWorkspaceStorageLock"],
      cwd: home,
      random,
    });
    const gh = startProcess(world, {
      time: time + 20 * SECOND,
      parent: extension,
      image: windows ? "C:\\Program Files\\GitHub CLI\\gh.exe" : "/usr/bin/gh",
      argv: [windows ? "gh.exe" : "gh", "gist", "create", windows ? `${home}ws.txt` : `${home}/ws.txt`],
      random,
    });
    const sent = random.int(90_000, 600_000);
    overTls(world, {
      time: time + 21 * SECOND,
      host,
      user: person.account.name,
      process: gh,
      server: server("api.github.com"),
      requests: [{ method: "POST", path: "/gists", status: 201, sent, received: 2_400, type: "application/json" }],
      userAgent: "GitHub CLI 2.65.0",
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: ["gist.github.com"],
      bytesOut: sent,
      evasions: ["E9", "E17"],
    };
  },
};
