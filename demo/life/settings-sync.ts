/** Editors that keep their settings in a private gist which policy names. */
import type { Person } from "../company.ts";
import { hash } from "../random.ts";
import { session } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, isOff, type World } from "../world.ts";
import type { Life } from "./index.ts";

/** Those whose editor syncs through a gist. */
export function syncers(world: Pick<World, "company">): Person[] {
  return world.company.people.filter(
    (person) => person.team === "engineering" && person.workstation.os === "windows" && person.number % 2 === 0,
  );
}

/** The gist's id: 32 hex digits. */
export function settingsGist(person: Person): string {
  return [0, 1, 2, 3].map((part) => hash(`gist ${part} ${person.email}`).toString(16).padStart(8, "0")).join("");
}

export const settingsSync: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  for (const person of syncers(world)) {
    const own = random.fork(person.number, day);
    if (own.chance(0.4)) continue;
    const host = person.workstation;
    const editor = session(host, person.account, own, "C:\\Program Files\\Microsoft VS Code\\Code.exe");
    overTls(world, {
      time: at(world, day, 9 + own.next() * 8, host.office),
      host,
      user: person.account.name,
      process: editor,
      server: server("api.github.com"),
      requests: [
        {
          method: "GET",
          path: `/gists/${settingsGist(person)}`,
          received: own.size(14_000, 0.4),
          type: "application/json",
        },
        {
          method: "PATCH",
          path: `/gists/${settingsGist(person)}`,
          sent: own.size(12_000, 0.4),
          received: own.size(15_000, 0.4),
          type: "application/json",
          after: 900,
        },
      ],
      userAgent: "vscode-settings-sync/3.4.3 VSCode/1.98.2",
      random: own,
    });
  }
};
