/** One night of the week the engineer on call is woken, signs in and pushes a repair. Policy lists the shift. */
import { fetch, push, remoteOf } from "../actions/git.ts";
import { DAY, MINUTE } from "../clock.ts";
import { hostNamed } from "../company.ts";
import { session } from "../sensors/endpoint.ts";
import { signIn } from "../sensors/identity.ts";
import { personAtGithub } from "../sensors/repository.ts";
import { at, privateRepositories, type World } from "../world.ts";
import type { Life } from "./index.ts";

/** Start of the day of the disturbed night. */
export function onCallDay(world: Pick<World, "start" | "days">): number {
  return world.start + Math.min(3, world.days - 1) * DAY;
}

export const onCall: Life = (world, day, random) => {
  if (day !== onCallDay(world)) return;
  const own = random.fork(day);
  const person = world.roles.onCall;
  const host = hostNamed(world.company, "dev-01");
  const time = at(world, day, 2.4);
  const repository = own.pick(privateRepositories(world));
  signIn(world, { time, person, host: person.workstation, applications: ["office", "github"], random: own });
  const shell = session(host, person.account, own);
  const work = {
    shell,
    user: person.account.name,
    remote: remoteOf(repository),
    transport: "https" as const,
    actor: personAtGithub(world, person, host, "git/2.47.1"),
    cwd: `/home/${person.account.name}/src/${repository.name}`,
    random: own,
  };
  fetch(world, { ...work, time: time + 4 * MINUTE, bytes: 80_000 });
  push(world, {
    ...work,
    time: time + 31 * MINUTE,
    bytes: 3_900,
    branch: `hotfix-${own.int(100, 999)}`,
    message: "Stop the retry storm",
    created: true,
  });
  push(world, { ...work, time: time + 52 * MINUTE, bytes: 1_800, message: "Raise the timeout" });
};
