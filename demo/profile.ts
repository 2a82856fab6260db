/**
 * What makes one invented company different from another besides its people: names, domains, offices, hours, how it names
 * machines and accounts, which products its logs come from. `ACME` is the demo's; `drawProfile` invents others from a seed.
 */
import { DAY, weekday } from "./clock.ts";
import { Random } from "./random.ts";

/** The larger office, where the data centre is, and the smaller one. */
export type Office = "head" | "branch";

export interface OfficeProfile {
  /** Used in the names of logs. */
  readonly name: string;
  readonly zone: string;
  /** First two numbers of its addresses. */
  readonly network: string;
  /** Address seen from outside. */
  readonly egressIp: string;
  readonly gateway: string;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly countryCode: string;
  readonly postalCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly provider: string;
  readonly asNumber: number;
}

/** How the names of people's accounts are made. */
type AccountStyle = "initial-last" | "first-last" | "last-initial" | "number";
type LoginStyle = "account-org" | "account_org" | "first-last-org" | "handle";
/** `purpose`: named for the team; `asset`: numbered, nothing shows; `site`: the office and a number. */
type HostStyle = "purpose" | "asset" | "site";

/** The products that may write the log of each kind; the demo's is first. */
export const FORMATS = {
  network: ["zeek"],
  windows: ["sysmon", "defender"],
  linux: ["auditd", "laurel", "tetragon"],
  identity: ["okta", "entra"],
} as const;

/** Which product writes the log of each kind. */
export type Formats = { readonly [Kind in keyof typeof FORMATS]: (typeof FORMATS)[Kind][number] };

export interface Profile {
  readonly name: string;
  /** The organisation's name on GitHub and in names of its things. */
  readonly slug: string;
  readonly domain: string;
  readonly windowsDomain: string;
  /** Host of the internal GitLab. */
  readonly gitlab: string;
  readonly offices: Readonly<Record<Office, OfficeProfile>>;
  /** Days of work, 0 is Sunday. */
  readonly workdays: readonly number[];
  readonly workHours: { readonly from: string; readonly to: string };
  /** Days on which nobody has to work, ms since 1970 UTC at midnight UTC. */
  readonly holidays: readonly number[];
  readonly accounts: AccountStyle;
  readonly logins: LoginStyle;
  readonly hosts: HostStyle;
  /** The words of repository names. */
  readonly subjects: readonly string[] | null;
  readonly organisation: {
    readonly org: string;
    readonly org_id: number;
    readonly business: string;
    readonly business_id: number;
  };
  readonly formats: Formats;
}

const DEMO_FORMATS: Formats = { network: "zeek", windows: "sysmon", linux: "auditd", identity: "okta" };

export const ACME: Profile = {
  name: "Acme",
  slug: "acme",
  domain: "acme.example",
  windowsDomain: "ACME",
  gitlab: "gitlab.acme.example",
  offices: {
    head: {
      name: "berlin",
      zone: "Europe/Berlin",
      network: "10.1",
      egressIp: "192.0.2.10",
      gateway: "gw-ber",
      city: "Berlin",
      state: "Land Berlin",
      country: "Germany",
      countryCode: "DE",
      postalCode: "10115",
      latitude: 52.52,
      longitude: 13.405,
      provider: "spree transit",
      asNumber: 64_501,
    },
    branch: {
      name: "lisbon",
      zone: "Europe/Lisbon",
      network: "10.2",
      egressIp: "198.51.100.20",
      gateway: "gw-lis",
      city: "Lisbon",
      state: "Lisboa",
      country: "Portugal",
      countryCode: "PT",
      postalCode: "1100-148",
      latitude: 38.7223,
      longitude: -9.1393,
      provider: "tejo transit",
      asNumber: 64_502,
    },
  },
  workdays: [1, 2, 3, 4, 5],
  workHours: { from: "07:00", to: "20:00" },
  holidays: [],
  accounts: "initial-last",
  logins: "account-org",
  hosts: "purpose",
  subjects: null,
  organisation: { org: "acme", org_id: 90_417_733, business: "acme-group", business_id: 41_820 },
  formats: DEMO_FORMATS,
};

type City = Omit<OfficeProfile, "network" | "egressIp" | "gateway" | "provider" | "asNumber">;

const city = (
  name: string,
  zone: string,
  countryCode: string,
  country: string,
  postalCode: string,
  latitude: number,
  longitude: number,
): City => ({
  name: name.toLowerCase().replaceAll(" ", "-"),
  zone,
  city: name,
  state: name,
  country,
  countryCode,
  postalCode,
  latitude,
  longitude,
});

const CITIES: readonly City[] = [
  city("Vienna", "Europe/Vienna", "AT", "Austria", "1010", 48.21, 16.37),
  city("Dublin", "Europe/Dublin", "IE", "Ireland", "D02", 53.35, -6.26),
  city("Toronto", "America/Toronto", "CA", "Canada", "M5H", 43.65, -79.38),
  city("Denver", "America/Denver", "US", "United States", "80202", 39.74, -104.99),
  city("Singapore", "Asia/Singapore", "SG", "Singapore", "048616", 1.28, 103.85),
  city("Pune", "Asia/Kolkata", "IN", "India", "411001", 18.52, 73.86),
  city("Sydney", "Australia/Sydney", "AU", "Australia", "2000", -33.87, 151.21),
  city("Tallinn", "Europe/Tallinn", "EE", "Estonia", "10111", 59.44, 24.75),
  city("Sao Paulo", "America/Sao_Paulo", "BR", "Brazil", "01310", -23.55, -46.63),
  city("Osaka", "Asia/Tokyo", "JP", "Japan", "530-0001", 34.69, 135.5),
  city("Madrid", "Europe/Madrid", "ES", "Spain", "28001", 40.42, -3.7),
];
const GULF = city("Dubai", "Asia/Dubai", "AE", "United Arab Emirates", "00000", 25.2, 55.27);

const NAMES = [
  ["Northwind Freight", "northwind", "nw"],
  ["Lumen Clinics", "lumen-clinics", "lumen"],
  ["Tarn Robotics", "tarnrobotics", "tarn"],
  ["Halden Insurance", "halden-ins", "hins"],
  ["Brightwater Utilities", "brightwater", "bwu"],
  ["Ostrava Steelworks", "ostrava-steel", "osteel"],
  ["Kite & Quill Publishing", "kitequill", "kq"],
  ["Meridian Games", "meridian-games", "mgames"],
  ["Sable Optics", "sableoptics", "sable"],
  ["Verdant Foods", "verdantfoods", "vfoods"],
] as const;

const SUBJECTS = [
  "routing",
  "manifest",
  "imaging",
  "claims",
  "telemetry",
  "firmware",
  "player",
  "matchmaking",
  "inventory",
  "fleet",
  "consent",
  "rating",
  "metering",
  "furnace",
  "editorial",
  "renderer",
  "optics",
  "recipes",
  "loyalty",
  "planner",
] as const;

/**
 * A company invented from the seed.
 * @param start ms since 1970 UTC; holidays are drawn from the weeks after it
 */
export function drawProfile(seed: number, start: number, days: number, formats: Partial<Formats> = {}): Profile {
  const random = new Random(seed).fork("profile");
  const [name, slug, short] = random.pick(NAMES);
  const [first, second] = random.sample(CITIES, 2) as [City, City];
  const gulf = random.chance(0.15);
  const head = gulf ? GULF : first;
  const workdays = gulf ? [0, 1, 2, 3, 4] : [1, 2, 3, 4, 5];
  const domain = random.pick([`${slug}.example`, `corp.${slug}.example`, `${short}.example`]);
  const plan = random.pick([
    ["10.44", "10.45"],
    ["172.20", "172.21"],
    ["10.200", "10.210"],
    ["10.7", "10.8"],
  ] as const);
  const workDays = Array.from({ length: days }, (_, index) => start + index * DAY).filter((day) =>
    workdays.includes(weekday(day)),
  );
  const office = (of: City, network: string, egressIp: string): OfficeProfile => ({
    ...of,
    network,
    egressIp,
    gateway: `fw-${of.countryCode.toLowerCase()}${random.int(1, 9)}`,
    provider: `${of.name} transit`,
    asNumber: 64_500 + random.int(3, 10),
  });
  return {
    name,
    slug,
    domain,
    windowsDomain: short.toUpperCase(),
    gitlab: `${random.pick(["gitlab", "git", "code"])}.${domain}`,
    offices: {
      head: office(head, plan[0], `192.0.2.${random.int(4, 14)}`),
      branch: office(second, plan[1], `198.51.100.${random.int(17, 30)}`),
    },
    workdays,
    workHours: random.pick([
      { from: "07:00", to: "20:00" },
      { from: "08:00", to: "19:00" },
      { from: "06:30", to: "21:00" },
    ]),
    holidays: days > 9 ? random.sample(workDays.slice(4), 1) : [],
    accounts: random.pick(["initial-last", "first-last", "last-initial", "number"]),
    logins: random.pick(["account-org", "account_org", "first-last-org", "handle"]),
    hosts: random.pick(["purpose", "asset", "site"]),
    subjects: SUBJECTS,
    organisation: {
      org: slug,
      org_id: random.int(10_000_000, 99_999_999),
      business: `${slug}-ent`,
      business_id: random.int(10_000, 99_999),
    },
    formats: {
      network: random.pick(FORMATS.network),
      windows: random.pick(FORMATS.windows),
      linux: random.pick(FORMATS.linux),
      identity: random.pick(FORMATS.identity),
      ...formats,
    },
  };
}
