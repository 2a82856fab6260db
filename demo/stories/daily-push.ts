/** Every working day somebody pushes a little to a repository of their own. */
import { push } from "../actions/git.ts";
import { DAY } from "../clock.ts";
import { session } from "../sensors/endpoint.ts";
import { at, castPerson, isOff } from "../world.ts";
import type { Story } from "./index.ts";

export const dailyPush: Story = {
  id: "daily-push",
  title: "A little pushed to a personal repository every day",
  behaviours: ["low-and-slow", "push-to-unsanctioned-repository"],
  shows: {
    url: ["low-and-slow", "push-to-unsanctioned-repository"],
    endpoint: ["low-and-slow", "push-to-unsanctioned-repository"],
  },
  demoDay: null,
  days: 6,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const owner = `${random.pick(["blue", "quiet", "paper"])}${random.hex(4)}`;
    let sent = 0;
    for (let today = day, days = 0; days < 6; today += DAY, days++) {
      if (isOff(world, today) && days > 0) continue;
      const bytes = random.int(200_000, 900_000);
      sent += bytes;
      push(world, {
        time: at(world, today, 12 + random.next() * 4, host.office),
        shell: session(host, person.account, random, windows ? "C:\\Windows\\System32\\cmd.exe" : undefined),
        user: person.account.name,
        remote: { host: "github.com", owner, name: "diary", owned: null },
        transport: "https",
        bytes,
        actor: null,
        arguments: ["push", `https://github.com/${owner}/diary.git`, "main"],
        random,
      });
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/diary`],
      bytesOut: sent,
      evasions: ["E20", "E22"],
    };
  },
};
