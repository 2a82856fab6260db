/** An engineer contributes to a public project from the own fork, as policy allows. */
import { push } from "../actions/git.ts";
import { session } from "../sensors/endpoint.ts";
import { at, isOff } from "../world.ts";
import type { Life } from "./index.ts";

export const openSource: Life = (world, day, random) => {
  if (isOff(world, day)) return;
  const own = random.fork(day);
  const person = world.roles.maintainer;
  for (let round = own.int(1, 2); round > 0; round--) {
    const host = person.workstation;
    const shell = session(
      host,
      person.account,
      own,
      host.os === "windows" ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined,
    );
    push(world, {
      time: at(world, day, 13 + own.next() * 4, host.office),
      shell,
      user: person.account.name,
      remote: { host: "github.com", owner: person.github.login, name: "kestrel-parser", owned: null },
      transport: "https",
      bytes: own.size(22_000, 0.8),
      actor: null,
      branch: `issue-${own.int(100, 400)}`,
      cwd:
        host.os === "windows"
          ? `C:\\Users\\${person.account.name}\\src\\kestrel-parser\\`
          : `/home/${person.account.name}/src/kestrel-parser`,
      random: own,
    });
  }
};
