/**
 * Who did it: the names a source gives, tied to a person by policy.
 *
 * - A login or e-mail address listed under `people` is that person; so is a local account (`ACME\alice`, `alice`) equal to
 *   the local part of exactly one person's address.
 * - An account every machine has (root, SYSTEM) is nobody in particular: `sanctioned` stays null for it.
 * - A service account that policy names is sanctioned on the hosts and for the repositories policy names with it.
 */
import type { ActorContext, OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { compilePattern, compilePatterns } from "../../../model/pattern.ts";
import type { Policy } from "../../../model/policy.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { Located } from "./locate.ts";
import { compileRepositories, type RepositoryPatterns } from "./verdict.ts";

type Person = NonNullable<Policy["people"]>[number];

interface ServiceAccount {
  readonly matches: (name: string) => boolean;
  readonly runsOn: ((host: string) => boolean) | null;
  readonly repositories: RepositoryPatterns | null;
}

interface KnownActor {
  readonly context: ActorContext;
  /** Set where `sanctioned` depends on the host or the destination. */
  readonly account: ServiceAccount | null;
  readonly unfit: ActorContext | null;
}

interface Recent extends Pick<OcsfUser, "name" | "email_addr" | "domain" | "type_id"> {
  readonly known: KnownActor | null;
}

export interface Actors {
  /** @param inventoryUser who policy says sits at the client's address; asked when the event names nobody */
  actor(event: OcsfEvent, inventoryUser: string | null, host: string | null, destination: Located | null): ActorContext;
}

const CACHED = 20_000;
const AUTHENTICATION = 3002;
const SERVICE_TYPE = 4;

export const NOBODY: ActorContext = {
  name: null,
  names: [],
  sanctioned: null,
  service_account: false,
  shared_account: false,
  developer: null,
  team: null,
};

export function createActors(policy: Policy | null): Actors {
  const build = createKnownActors(policy);
  const cache = new BoundedCache<KnownActor | null>(CACHED);
  // Whom a name stood for last: comparing with that costs less than the key that tells users of one name apart.
  const recent = new BoundedCache<Recent>(CACHED);
  const ofUser = ({ name, email_addr, domain, type_id }: OcsfUser): KnownActor | null => {
    const called = name ?? email_addr ?? "";
    const last = recent.get(called);
    if (
      last !== undefined &&
      last.name === name &&
      last.email_addr === email_addr &&
      last.domain === domain &&
      last.type_id === type_id
    )
      return last.known;
    const key = `${name ?? ""}\n${email_addr ?? ""}\n${domain ?? ""}\n${type_id ?? ""}`;
    const cached = cache.get(key);
    const known = cached !== undefined ? cached : cache.set(key, build({ name, email_addr, domain, type_id }));
    recent.set(called, { name, email_addr, domain, type_id, known });
    return known;
  };
  return {
    actor: (event, inventoryUser, host, destination) => {
      const user = userOf(event);
      let known = user === undefined ? null : ofUser(user);
      if (known === null && inventoryUser !== null)
        known = cache.get(inventoryUser) ?? cache.set(inventoryUser, build({ name: inventoryUser }));
      if (known === null) return NOBODY;
      return known.account !== null && known.unfit !== null && !fits(known.account, host, destination)
        ? known.unfit
        : known.context;
    },
  };
}

/** The person who logs on is the subject of a sign-in; the actor there is the machine that checked. */
function userOf(event: OcsfEvent): OcsfUser | undefined {
  if (event.class_uid === AUTHENTICATION) return event.user ?? event.actor?.user;
  return event.actor?.user ?? event.process?.user ?? event.user;
}

function fits(account: ServiceAccount, host: string | null, destination: Located | null): boolean {
  if (account.runsOn !== null && host !== null && !account.runsOn(host)) return false;
  return account.repositories === null || destination === null || account.repositories.coverage(destination) !== "none";
}

function createKnownActors(policy: Policy | null): (user: OcsfUser) => KnownActor | null {
  const users = policy?.sanctioned?.users;
  const isUser = users === undefined ? null : compilePatterns(users);
  const accounts: readonly ServiceAccount[] = (policy?.sanctioned?.service_accounts ?? []).map(
    ({ match, hosts, repositories }) => {
      const pattern = compilePattern(match);
      return {
        matches: (name) => pattern.matches(name),
        runsOn: hosts === undefined ? null : compilePatterns(hosts),
        repositories: repositories === undefined ? null : compileRepositories(repositories),
      };
    },
  );
  const people = indexPeople(policy?.people ?? []);

  return (user) => {
    const names = namesOf(user);
    if (names.length === 0) return null;
    const person = personOf(names, people);
    const all = distinct(person === null ? names : [person.user.toLowerCase(), ...names]);
    const account = accounts.find(({ matches }) => all.some(matches)) ?? null;
    const shared = person === null && account === null && isShared(user, names);
    const service =
      account !== null ||
      user.type_id === SERVICE_TYPE ||
      all.some((name) => name.endsWith("[bot]") || name.endsWith("$"));
    const sanctioned = account !== null ? true : shared || isUser === null ? null : all.some(isUser);
    const context: ActorContext = {
      name: all[0] ?? null,
      names: all,
      sanctioned,
      service_account: service,
      shared_account: shared,
      developer: person?.developer ?? null,
      team: person?.team ?? null,
    };
    const depends = account !== null && (account.runsOn !== null || account.repositories !== null);
    return { context, account, unfit: depends ? { ...context, sanctioned: false } : null };
  };
}

interface People {
  readonly byName: ReadonlyMap<string, Person>;
  /** null: two persons share the local part. */
  readonly byLocalPart: ReadonlyMap<string, Person | null>;
}

function indexPeople(people: readonly Person[]): People {
  const byName = new Map<string, Person>();
  const byLocalPart = new Map<string, Person | null>();
  for (const person of people) {
    const user = person.user.toLowerCase();
    for (const name of [user, ...(person.logins ?? []).map((login) => login.toLowerCase())])
      if (!byName.has(name)) byName.set(name, person);
    const local = localPart(user);
    byLocalPart.set(local, byLocalPart.has(local) && byLocalPart.get(local) !== person ? null : person);
  }
  return { byName, byLocalPart };
}

function personOf(names: readonly string[], { byName, byLocalPart }: People): Person | null {
  for (const name of names) {
    const person = byName.get(name);
    if (person !== undefined) return person;
  }
  for (const name of names) {
    const person = name.includes("@") ? undefined : byLocalPart.get(name);
    if (person !== undefined && person !== null) return person;
  }
  return null;
}

/** What sources write where they know nobody. */
const NO_NAME: ReadonlySet<string> = new Set([
  "",
  "-",
  "unknown",
  "(unknown)",
  "(null)",
  "null",
  "none",
  "unset",
  "n/a",
  "anonymous",
  "anonymous logon",
]);

/** The names in the event, e-mail address first; a domain before a backslash is left off. */
function namesOf(user: OcsfUser): string[] {
  const names: string[] = [];
  for (const text of [user.email_addr, user.name]) {
    if (text === undefined || text.length > 320) continue;
    const name = text
      .slice(text.lastIndexOf("\\") + 1)
      .trim()
      .toLowerCase();
    if (!NO_NAME.has(name)) names.push(name);
  }
  return distinct(names);
}

const SHARED: ReadonlySet<string> = new Set([
  "root",
  "system",
  "localsystem",
  "administrator",
  "admin",
  "guest",
  "local service",
  "network service",
  "localservice",
  "networkservice",
  "nobody",
  "daemon",
  "www-data",
  "apache",
  "nginx",
  "postgres",
  "mysql",
  "ubuntu",
  "ec2-user",
  "azureuser",
  "vagrant",
  "user",
  "test",
]);

function isShared(user: OcsfUser, names: readonly string[]): boolean {
  const domain = user.domain?.toLowerCase() ?? "";
  if (
    domain === "nt authority" ||
    domain === "font driver host" ||
    domain === "window manager" ||
    /^nt authority\\/i.test(user.name ?? "")
  )
    return true;
  return names.length === 1 && SHARED.has(names[0] ?? "");
}

function localPart(name: string): string {
  const at = name.indexOf("@");
  return at === -1 ? name : name.slice(0, at);
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
