/** A developer pushes a working copy to a code host that is not allowed; only the server's name and the bytes show. */
import { push } from "../actions/git.ts";
import { session } from "../sensors/endpoint.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const unsanctionedForge: Story = {
  id: "unsanctioned-forge",
  title: "Push to a code host that policy does not allow",
  behaviours: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
  shows: {
    url: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
    "sni+flow": ["unsanctioned-forge"],
    endpoint: ["unsanctioned-forge", "push-to-unsanctioned-repository"],
  },
  demoDay: 4,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) =>
        candidate.developer &&
        (candidate.workstation.egress === "direct" || candidate.workstation.egress === "spliced"),
    );
    const host = person.workstation;
    const forge = random.pick(["codeberg.org", "gitee.com"]);
    const owner = `${person.account.name}-dev`;
    const bytes = random.int(71_000_000, 96_000_000);
    const windows = host.os === "windows";
    push(world, {
      time: at(world, day, 16.2),
      shell: session(host, person.account, random, windows ? "C:\\Program Files\\Git\\usr\\bin\\bash.exe" : undefined),
      user: person.account.name,
      remote: { host: forge, owner, name: "fraud-worker", owned: null },
      transport: "https",
      bytes,
      actor: null,
      arguments: ["push", "--all", `https://${forge}/${owner}/fraud-worker.git`],
      cwd: windows
        ? `C:\\Users\\${person.account.name}\\src\\fraud-worker\\`
        : `/home/${person.account.name}/src/fraud-worker`,
      random,
    });
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`${forge}/${owner}/fraud-worker`],
      bytesOut: bytes,
    };
  },
};
