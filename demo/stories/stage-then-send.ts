/** Someone in finance copies the share, packs it and pushes the archive to a repository of their own. */
import { push } from "../actions/git.ts";
import { browserOf, openPage } from "../actions/browse.ts";
import { MINUTE, SECOND } from "../clock.ts";
import { hostNamed } from "../company.ts";
import { createFile, readFile, readShare, session, startProcess } from "../sensors/endpoint.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import { FINANCE_FILES } from "../life/finance-work.ts";
import type { Story } from "./index.ts";

export const stageThenSend: Story = {
  id: "stage-then-send",
  title: "Finance files packed and pushed to a personal repository",
  behaviours: ["stage-then-send", "push-to-unsanctioned-repository"],
  shows: {
    url: ["push-to-unsanctioned-repository"],
    "sni+flow": ["volume-anomaly"],
    flow: ["volume-anomaly"],
    endpoint: ["stage-then-send", "push-to-unsanctioned-repository"],
  },
  demoDay: 3,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => candidate.team === "finance",
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const name = person.account.name;
    const owner = `${name.slice(0, 4)}${random.int(80, 99)}`;
    const folder = `C:\\Users\\${name}\\Documents\\Finance`;
    const archive = `C:\\Users\\${name}\\AppData\\Local\\Temp\\notes.7z`;
    const bytes = random.int(196_000_000, 228_000_000);
    let time = at(world, day, 17.1);

    for (const file of FINANCE_FILES) {
      readShare(world, time, hostNamed(world.company, "fs-01"), person.account, `D:\\Shares\\Finance\\${file}`, random);
      time += random.int(700, 2_600);
    }
    const desktop = session(host, person.account, random);
    const shell = startProcess(world, {
      time: time + 20 * SECOND,
      parent: desktop,
      image: "C:\\Windows\\System32\\cmd.exe",
      argv: ["C:\\Windows\\System32\\cmd.exe"],
      random,
    });
    time += 95 * SECOND;
    const zip = startProcess(world, {
      time,
      parent: shell,
      image: "C:\\Program Files\\7-Zip\\7z.exe",
      argv: ["7z.exe", "a", "-mhe=on", "-pTulip7", archive, `${folder}\\*`],
      cwd: `${folder}\\`,
      random,
    });
    for (const file of FINANCE_FILES) readFile(world, time + random.int(100, 9_000), zip, `${folder}\\${file}`);
    createFile(world, time + 31 * SECOND, zip, archive);

    openPage(
      world,
      time + 2 * MINUTE,
      browserOf(host, person, random),
      server("github.com"),
      `/${owner}/notes`,
      random,
    );
    time += 5 * MINUTE;
    const cwd = `C:\\Users\\${name}\\notes\\`;
    const git = (at: number, ...rest: string[]): unknown =>
      startProcess(world, {
        time: at,
        parent: shell,
        image: "C:\\Program Files\\Git\\mingw64\\bin\\git.exe",
        argv: ["git.exe", ...rest],
        cwd,
        random,
      });
    git(time, "init");
    git(time + 4 * SECOND, "add", "notes.7z");
    git(time + 9 * SECOND, "commit", "-m", "notes");
    git(time + 14 * SECOND, "remote", "add", "origin", `https://github.com/${owner}/notes.git`);
    push(world, {
      time: time + 20 * SECOND,
      shell,
      user: name,
      remote: { host: "github.com", owner, name: "notes", owned: null },
      transport: "https",
      bytes,
      actor: null,
      arguments: ["push", "-u", "origin", "main"],
      cwd,
      random,
    });
    return {
      actor: [person.email, name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/notes`],
      bytesOut: bytes,
    };
  },
};
