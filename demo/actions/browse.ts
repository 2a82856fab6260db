/** A person in front of a browser or an office program. */
import type { Host, Person } from "../company.ts";
import type { Random } from "../random.ts";
import { session, startProcess, type Process } from "../sensors/endpoint.ts";
import { browser } from "../sensors/identity.ts";
import { overTls, type Request } from "../sensors/network.ts";
import type { Server } from "../servers.ts";
import type { World } from "../world.ts";

const TYPES = [
  "text/html",
  "application/javascript",
  "text/css",
  "image/png",
  "application/json",
  "font/woff2",
] as const;

/** The browser of a person's session. The line of its start is left to the caller. */
export function browserOf(host: Host, person: Person, random: Random): Process {
  return session(
    host,
    person.account,
    random,
    host.os === "windows" ? "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe" : "/usr/lib/firefox/firefox",
  );
}

/** A page with what belongs to it. */
export function openPage(
  world: World,
  time: number,
  browserProcess: Process,
  target: Server,
  path: string,
  random: Random,
  more: readonly Request[] = [],
): number {
  const requests: Request[] = [{ method: "GET", path, received: random.size(30_000, 1), type: "text/html" }];
  for (let asset = random.int(0, 2); asset > 0; asset--) {
    requests.push({
      method: "GET",
      path: `/assets/${random.hex(10)}.${random.pick(["js", "css", "png"])}`,
      received: random.size(22_000, 1.4),
      type: random.pick(TYPES),
      after: random.int(5, 90),
    });
  }
  return overTls(world, {
    time,
    host: browserProcess.host,
    user: browserProcess.account.name,
    // an endpoint log that kept every connection of the browser would be filtered by anybody
    process: random.chance(0.25) ? browserProcess : null,
    server: target,
    requests: [...requests, ...more],
    userAgent: browser(browserProcess.host.os === "windows"),
    random,
  });
}

/** A program opened from the desktop. */
export function openProgram(
  world: World,
  time: number,
  host: Host,
  person: Person,
  image: string,
  file: string | null,
  random: Random,
): Process {
  const argv = file === null ? [image] : [image, file];
  return startProcess(world, { time, parent: session(host, person.account, random), image, argv, random });
}
