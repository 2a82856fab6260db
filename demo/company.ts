/**
 * A company: its people, machines, networks and repositories, all drawn from the seed. Invented; addresses are private or from
 * the ranges kept for documentation, except those of public code hosts, which are the hosts' own.
 */
import { ACME, type Office, type OfficeProfile, type Profile } from "./profile.ts";
import { FIRST_NAMES, LAST_NAMES, REPOSITORY_KINDS, REPOSITORY_SUBJECTS } from "./names.ts";
import { Random } from "./random.ts";

const TEAMS = ["engineering", "data-science", "finance", "hr", "sales", "it"] as const;
type Team = (typeof TEAMS)[number];

/**
 * How a machine's web traffic leaves: through the intercepting proxy with TLS opened (`inspected`) or passed on unread
 * (`spliced`), through an explicit proxy that only tunnels (`tunnelled`), or past every proxy (`direct`).
 */
type Egress = "inspected" | "spliced" | "tunnelled" | "direct";

/** Which endpoint log a machine keeps. */
type EndpointLog = "sysmon" | "security" | "auditd" | "none";

export interface Host {
  /** What it is for: `ws-dev-01`, `ci-02`. The same in every company, and in no log. */
  readonly key: string;
  readonly name: string;
  readonly ip: string;
  readonly office: Office;
  readonly os: "windows" | "linux";
  readonly egress: Egress;
  readonly endpointLog: EndpointLog;
}

/** A login on machines: a person's or a service's. */
export interface Account {
  readonly name: string;
  readonly uid: number;
}

/** A login on GitHub. */
export interface GithubLogin {
  readonly login: string;
  readonly id: number;
  readonly email: string | null;
  readonly bot: boolean;
}

export interface Person {
  readonly number: number;
  readonly name: string;
  readonly email: string;
  readonly account: Account;
  readonly github: GithubLogin;
  readonly oktaId: string;
  readonly team: Team;
  readonly office: Office;
  readonly developer: boolean;
  readonly workstation: Host;
  /** SHA-256 of the personal token as GitHub shows it. */
  readonly tokenHash: string;
  readonly tokenId: number;
}

export interface Repository {
  /** `github.com` or the company's own GitLab. */
  readonly host: string;
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly private: boolean;
}

interface Site extends OfficeProfile {
  readonly office: Office;
  readonly resolver: string;
  readonly proxy: string;
}

export interface Company {
  readonly profile: Profile;
  readonly sites: Readonly<Record<Office, Site>>;
  readonly people: readonly Person[];
  readonly hosts: readonly Host[];
  readonly repositories: readonly Repository[];
  readonly services: {
    readonly ci: {
      readonly account: Account;
      readonly github: GithubLogin;
      readonly tokenHash: string;
      readonly tokenId: number;
    };
    readonly backup: {
      readonly account: Account;
      readonly github: GithubLogin;
      readonly tokenHash: string;
      readonly tokenId: number;
    };
    readonly dependabot: GithubLogin;
    readonly renovate: GithubLogin;
    readonly actions: GithubLogin;
  };
}

/** Shares of the teams in people out of 20. */
const SHARES: Readonly<Record<Team, number>> = {
  engineering: 9,
  "data-science": 2,
  finance: 3,
  hr: 2,
  sales: 2,
  it: 2,
};
const SHORT: Readonly<Record<Team, string>> = {
  engineering: "dev",
  "data-science": "ds",
  finance: "fin",
  hr: "hr",
  sales: "sales",
  it: "it",
};

export function buildCompany(seed: number, size: number, profile: Profile = ACME): Company {
  const random = new Random(seed).fork("company");
  const servers = buildServers(size, profile);
  const people = buildPeople(random, size, profile);
  return {
    profile,
    sites: { head: site(profile, "head"), branch: site(profile, "branch") },
    people,
    hosts: [...people.map((person) => person.workstation), ...servers],
    repositories: buildRepositories(random, size, profile),
    services: {
      ci: {
        account: { name: "ci-runner", uid: 998 },
        github: { login: `${profile.slug}-ci-bot`, id: 88_120_417, email: null, bot: false },
        tokenHash: tokenHash(random),
        tokenId: 412_900_117,
      },
      backup: {
        account: { name: "backup", uid: 34 },
        github: { login: `${profile.slug}-backup-bot`, id: 88_120_533, email: null, bot: false },
        tokenHash: tokenHash(random),
        tokenId: 412_900_241,
      },
      dependabot: { login: "dependabot[bot]", id: 49_699_333, email: null, bot: true },
      renovate: { login: "renovate[bot]", id: 29_139_614, email: null, bot: true },
      actions: { login: "github-actions[bot]", id: 41_898_282, email: null, bot: true },
    },
  };
}

function site(profile: Profile, office: Office): Site {
  const own = profile.offices[office];
  return { ...own, office, resolver: `${own.network}.0.53`, proxy: `${own.network}.0.20` };
}

/** An address inside the company. */
export function isInternal(ip: string): boolean {
  return ip.startsWith("10.") || ip.startsWith("172.2");
}

/** 32 random bytes as base 64: what a SHA-256 looks like in the audit log. */
export function tokenHash(random: Random): string {
  return `${random.alphanumeric(43)}=`;
}

/** The machine with that key, for instance `db-02`. */
export function hostNamed(company: Company, key: string): Host {
  const host = company.hosts.find((candidate) => candidate.key === key);
  if (host === undefined) throw new RangeError(`no host ${key}`);
  return host;
}

/** Teams in proportion to their shares, one of each first. */
function seats(size: number): Team[] {
  const taken: Team[] = [...TEAMS];
  while (taken.length < size) {
    const lacking = (team: Team): number =>
      (SHARES[team] * (taken.length + 1)) / 20 - taken.filter((other) => other === team).length;
    taken.push([...TEAMS].toSorted((a, b) => lacking(b) - lacking(a))[0] as Team);
  }
  return taken;
}

function buildPeople(random: Random, size: number, profile: Profile): Person[] {
  const offset = random.int(0, FIRST_NAMES.length * LAST_NAMES.length - 1);
  const perTeam = new Map<string, number>();
  const accounts = new Set<string>();
  return seats(size).map((team, number) => {
    // 2,501 shares no factor with the number of pairs, so no pair comes twice before all have come once
    const pair = (offset + number * 2_501) % (FIRST_NAMES.length * LAST_NAMES.length);
    const first = FIRST_NAMES[pair % FIRST_NAMES.length] as string;
    const last = LAST_NAMES[Math.floor(pair / FIRST_NAMES.length)] as string;
    const base = accountName(profile, first, last, number);
    let account = base;
    for (let suffix = 2; accounts.has(account); suffix++) account = `${base}${suffix}`;
    accounts.add(account);
    const seat = (perTeam.get(team) ?? 0) + 1;
    perTeam.set(team, seat);
    const office: Office = seat % 3 === 0 ? "branch" : "head";
    const developer = team === "engineering" || team === "data-science";
    const email = `${first}.${last}${account.slice(base.length)}@${profile.domain}`.toLowerCase();
    const key = `ws-${SHORT[team]}-${String(seat).padStart(size > 99 ? 3 : 2, "0")}`;
    return {
      number,
      name: `${first} ${last}`,
      email,
      account: { name: account, uid: 1_001 + number },
      github: {
        login: loginName(profile, account, first, last, number),
        id: 70_000_000 + random.int(0, 9_999_999),
        email,
        bot: false,
      },
      oktaId: `00u${random.alphanumeric(12)}AcMe5`,
      team,
      office,
      developer,
      workstation: workstation(key, office, developer, seat, number, profile),
      tokenHash: tokenHash(random),
      tokenId: 400_000_000 + random.int(0, 9_999_999),
    };
  });
}

function accountName(profile: Profile, first: string, last: string, number: number): string {
  const style = profile.accounts;
  if (style === "initial-last") return `${first[0]}${last}`.toLowerCase();
  if (style === "first-last") return `${first}.${last}`.toLowerCase();
  if (style === "last-initial") return `${last}${first[0]}`.toLowerCase();
  return `u${20_417 + number * 13}`;
}

function loginName(profile: Profile, account: string, first: string, last: string, number: number): string {
  if (profile.logins === "account-org") return `${account.replaceAll(".", "-")}-${profile.slug}`;
  if (profile.logins === "account_org") return `${account.replaceAll(".", "-")}_${profile.slug.replaceAll("-", "")}`;
  if (profile.logins === "first-last-org") return `${first}-${last}-${profile.slug.slice(0, 4)}`.toLowerCase();
  return `${last.toLowerCase()}${["codes", "dev", "works", "hub"][number % 4]}${number}`;
}

/** The machine's name as its own logs and the policy tell it. */
function hostName(profile: Profile, key: string, office: Office, number: number): string {
  if (profile.hosts === "purpose") return key;
  const short = profile.windowsDomain.toLowerCase();
  const workstation = key.startsWith("ws-");
  if (profile.hosts === "asset") return `${short}-${workstation ? "l" : "s"}${String(4_103 + number * 7)}`;
  const place = profile.offices[office].name.slice(0, 3);
  return workstation ? `${place}-w${String(number + 1).padStart(4, "0")}` : `${place}-${key}`;
}

const DEVELOPER_EGRESS: readonly Egress[] = [
  "spliced",
  "inspected",
  "inspected",
  "spliced",
  "direct",
  "spliced",
  "direct",
  "inspected",
];

function workstation(
  key: string,
  office: Office,
  developer: boolean,
  seat: number,
  number: number,
  profile: Profile,
): Host {
  const network = `${profile.offices[office].network}.${(developer ? 8 : 4) + Math.floor(number / 250)}`;
  const os = developer && seat % 2 === 0 ? "linux" : "windows";
  // even seats run Linux, every third is in Lisbon: in this order each way out of Berlin has machines of both kinds
  const berlinEgress: Egress = developer ? (DEVELOPER_EGRESS[seat % DEVELOPER_EGRESS.length] as Egress) : "inspected";
  return {
    key,
    name: hostName(profile, key, office, number),
    ip: `${network}.${1 + (number % 250)}`,
    office,
    os,
    egress: office === "head" ? berlinEgress : developer ? "direct" : "tunnelled",
    endpointLog: os === "linux" ? "auditd" : office === "head" ? "sysmon" : "security",
  };
}

function buildServers(size: number, profile: Profile): Host[] {
  const { network } = profile.offices.head;
  let number = 500;
  const linux = (key: string, last: number, third = 32): Host => ({
    key,
    name: hostName(profile, key, "head", number++),
    ip: `${network}.${third}.${last}`,
    office: "head",
    os: "linux",
    egress: "direct",
    endpointLog: "auditd",
  });
  const runners = Math.max(2, Math.round(size / 12));
  const shared = Math.max(2, Math.round(size / 25));
  return [
    ...Array.from({ length: runners }, (_, index) => linux(`ci-${String(index + 1).padStart(2, "0")}`, 10 + index, 33)),
    ...Array.from({ length: shared }, (_, index) => linux(`dev-${String(index + 1).padStart(2, "0")}`, 10 + index, 34)),
    linux("backup-01", 20),
    linux("jump-01", 21),
    linux("db-01", 30),
    linux("db-02", 31),
    linux("erp-01", 40),
    { ...linux("fs-01", 50), os: "windows", endpointLog: "security" },
    { ...linux("esx-01", 11, 40), endpointLog: "none" },
  ];
}

function buildRepositories(random: Random, size: number, profile: Profile): Repository[] {
  const wanted = Math.min(96, Math.max(48, size));
  const names = (profile.subjects ?? REPOSITORY_SUBJECTS).flatMap((subject) =>
    REPOSITORY_KINDS.map((kind) => `${subject}-${kind}`),
  );
  const github = random.sample(names, wanted).map((name, index) => ({
    host: "github.com",
    owner: profile.slug,
    name,
    id: 500_100_000 + random.int(0, 99_999),
    // the software kits are public
    private: !(name.endsWith("-sdk") && index % 2 === 0),
  }));
  const fixed = ["docs", "design-assets", "website"].map((name, index) => ({
    host: "github.com",
    owner: profile.slug,
    name,
    id: 500_200_000 + index,
    private: name !== "website",
  }));
  const gitlab = [
    "platform/terraform",
    "platform/ansible",
    "data/forecasting",
    "data/feature-store",
    "data/notebooks",
    "hr/handbook",
  ].map((path, index) => ({
    host: profile.gitlab,
    owner: path.split("/")[0] as string,
    name: path.split("/")[1] as string,
    id: 210 + index,
    private: true,
  }));
  return [...github, ...fixed, ...gitlab];
}
