/** Everybody's day: signing in, reading the web (code hosts' pages too), writing documents. */
import { MINUTE } from "../clock.ts";
import type { Person } from "../company.ts";
import { browserOf, openPage, openProgram } from "../actions/browse.ts";
import type { Random } from "../random.ts";
import { createFile } from "../sensors/endpoint.ts";
import { signIn, type Application } from "../sensors/identity.ts";
import { internalServer, server, WEB_SITES } from "../servers.ts";
import { at, isOff, type World } from "../world.ts";
import type { Life } from "./index.ts";

/** What anybody reads on a code host: projects, their releases and issues. */
const PUBLIC_PAGES = [
  "/kestrel-labs/kestrel-parser",
  "/kestrel-labs/kestrel-parser/releases",
  "/open-invoice/invoice-kit",
  "/open-invoice/invoice-kit/issues/214",
  "/trending",
  "/features/copilot",
] as const;
const INTERNAL = ["intranet", "mail"] as const;

export const officeDay: Life = (world, day, random) => {
  for (const person of world.company.people) {
    const own = random.fork(person.number, day);
    if (own.chance(isOff(world, day) ? 0.92 : 0.06)) continue;
    workDay(world, day, person, own, isOff(world, day) ? 6 : 44);
  }
};

function workDay(world: World, day: number, person: Person, random: Random, pages: number): void {
  const { office } = person;
  const arrives = at(world, day, 7.9 + random.next() * 1.6, office);
  const leaves = at(world, day, 16.6 + random.next() * 1.7, office);
  const host = person.workstation;
  signIn(world, { time: arrives, person, host, applications: applicationsOf(person, random), random });
  if (random.chance(0.4))
    signIn(world, {
      time: between(random, arrives + 3 * 60 * MINUTE, leaves),
      person,
      host,
      applications: [person.developer ? "github" : "crm"],
      random,
    });
  const browser = browserOf(host, person, random);
  const count = random.int(Math.round(pages * 0.6), Math.round(pages * 1.4));
  for (let page = 0; page < count; page++) {
    const time = between(random, arrives, leaves);
    if (random.chance(person.developer ? 0.14 : 0.015))
      openPage(world, time, browser, server("github.com"), random.pick(PUBLIC_PAGES), random);
    else if (random.chance(0.22))
      openPage(
        world,
        time,
        browser,
        internalServer(world, random.pick(INTERNAL)),
        `/${random.pick(["news", "calendar", "people", "inbox", "rooms"])}/${random.hex(6)}`,
        random,
      );
    else
      openPage(
        world,
        time,
        browser,
        random.pick(WEB_SITES),
        `/${random.pick(["articles", "search", "item", "list", "view"])}/${random.hex(8)}`,
        random,
      );
  }
  if (host.os === "windows") writeDocuments(world, person, random, arrives, leaves);
}

function writeDocuments(world: World, person: Person, random: Random, arrives: number, leaves: number): void {
  const names = ["minutes", "plan", "offer", "draft", "notes", "schedule"];
  for (let document = random.int(1, 4); document > 0; document--) {
    const time = between(random, arrives, leaves);
    const [program, ending] = random.pick([
      ["WINWORD.EXE", "docx"],
      ["EXCEL.EXE", "xlsx"],
      ["OUTLOOK.EXE", "msg"],
    ] as const);
    const path = `C:\\Users\\${person.account.name}\\Desktop\\${random.pick(names)}-${random.int(1, 99)}.${ending}`;
    const process = openProgram(
      world,
      time,
      person.workstation,
      person,
      `C:\\Program Files\\Microsoft Office\\root\\Office16\\${program}`,
      path,
      random,
    );
    createFile(world, time + random.int(60_000, 900_000), process, path);
  }
}

function applicationsOf(person: Person, random: Random): Application[] {
  if (person.developer) return random.chance(0.6) ? ["office", "github", "gitlab"] : ["office", "github"];
  return person.team === "sales" ? ["office", "crm"] : ["office"];
}

function between(random: Random, from: number, to: number): number {
  return Math.round(from + random.next() * (to - from));
}
