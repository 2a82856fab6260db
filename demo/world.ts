/** What everything in the generator shares: the company, its logs so far, and who or what has been used up. */
import { atZone, DAY, weekday } from "./clock.ts";
import type { Company, Host, Person, Repository } from "./company.ts";
import { LogBook } from "./log-book.ts";
import type { Office } from "./profile.ts";
import { Random } from "./random.ts";

export interface World {
  readonly company: Company;
  readonly book: LogBook;
  readonly random: Random;
  /** First day, ms since 1970 UTC at midnight UTC. */
  readonly start: number;
  readonly days: number;
  /** People with an unusual but rightful part in the week. */
  readonly roles: {
    readonly onCall: Person;
    readonly joiner: Person;
    readonly maintainer: Person;
    readonly administrator: Person;
  };
  /** People who have a part in a story or in `roles`; nobody plays two. */
  readonly cast: Set<Person>;
  /** Names a machine has resolved and until when, keyed by machine and name. */
  readonly resolved: Map<string, { readonly from: number; readonly until: number }>;
  /** true: stories take anybody who fits, so that the same story shows in different ways. */
  readonly varied: boolean;
}

export function createWorld(company: Company, seed: number, start: number, days: number, varied: boolean): World {
  const engineers = company.people.filter((person) => person.team === "engineering");
  const [onCall, joiner, maintainer] = engineers.toReversed() as [Person, Person, Person];
  const administrator = company.people.find((person) => person.team === "it") as Person;
  const roles = { onCall, joiner, maintainer, administrator };
  return {
    company,
    book: new LogBook(),
    random: new Random(seed).fork("world"),
    start,
    days,
    roles,
    cast: new Set(Object.values(roles)),
    resolved: new Map(),
    varied,
  };
}

/** The moment at which an office's clocks show the hour (fractions allowed, beyond 24 is the next day) on the day. */
export function at(world: Pick<World, "company">, dayStart: number, hour: number, office: Office = "head"): number {
  return atZone(dayStart, hour, world.company.profile.offices[office].zone);
}

/** A weekend or a holiday. */
export function isOff(world: World, dayStart: number): boolean {
  const { workdays, holidays } = world.company.profile;
  return !workdays.includes(weekday(dayStart)) || holidays.includes(dayStart);
}

/** The moment before which nothing of the following day happens anywhere. */
export function endOfDay(world: World, dayStart: number): number {
  const next = dayStart + DAY;
  return Math.min(next, at(world, next, 0, "head"), at(world, next, 0, "branch"));
}

/** Nobody fits a part of a story who has none in another. */
export class NobodyLeftError extends Error {
  override readonly name = "NobodyLeftError";
}

/** A person who fits and has no part in a story yet; one of the preferred, unless the world is varied or none is left. */
export function castPerson(
  world: World,
  random: Random,
  fits: (person: Person) => boolean,
  prefers: (person: Person) => boolean = () => true,
): Person {
  const free = world.company.people.filter((person) => fits(person) && !world.cast.has(person));
  if (free.length === 0) throw new NobodyLeftError("nobody left who fits the part: use more people or fewer stories");
  const preferred = world.varied ? [] : free.filter(prefers);
  const person = random.pick(preferred.length > 0 ? preferred : free);
  world.cast.add(person);
  return person;
}

/** Machines whose key begins so, for instance `ci-`. */
export function hostsOf(world: World, prefix: string): readonly Host[] {
  return world.company.hosts.filter((host) => host.key.startsWith(prefix));
}

/** Private repositories of the organisation on GitHub. */
export function privateRepositories(world: World): readonly Repository[] {
  return world.company.repositories.filter((repository) => repository.host === "github.com" && repository.private);
}
