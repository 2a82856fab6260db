/** What the identity provider records of sign-ins. */
import type { Company, Host, Person } from "../company.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { entraLine } from "../writers/entra.ts";
import { oktaLine, type OktaPlace, type OktaRecord } from "../writers/okta.ts";

const APPLICATIONS = {
  office: { id: "0oa1acmeOffice9K5d7", name: "{company} Office", kind: "Microsoft Office 365" },
  github: {
    id: "0oa1acmeGithub3M5d7",
    name: "GitHub Enterprise Cloud - {company}",
    kind: "GitHub Enterprise Cloud - Organization",
  },
  gitlab: { id: "0oa1acmeGitlab7P5d7", name: "GitLab {company}", kind: "GitLab" },
  crm: { id: "0oa1acmeCrmHub2R5d7", name: "Customer Hub", kind: "Customer Hub" },
} as const;
export type Application = keyof typeof APPLICATIONS;

interface SignIn {
  readonly time: number;
  readonly person: Person;
  /** The machine signed in from; null when it is none of the company's. */
  readonly host: Host | null;
  /** Where an unknown machine is. */
  readonly elsewhere?: {
    readonly ip: string;
    readonly place: OktaPlace;
    readonly countryCode: string;
    readonly userAgent: string;
  };
  readonly applications: readonly Application[];
  readonly random: Random;
}

/** A sign-in with a second factor and the applications opened with it; returns when it is done. */
export function signIn(world: World, event: SignIn): number {
  const { person, host, random } = event;
  const windows = host === null || host.os === "windows";
  const userAgent = event.elsewhere?.userAgent ?? browser(windows);
  const base = {
    reason: null,
    severity: "INFO",
    result: "SUCCESS",
    user: { id: person.oktaId, email: person.email, name: person.name },
    ip: event.elsewhere?.ip ?? world.company.sites[(host as Host).office].egressIp,
    place: event.elsewhere?.place ?? placeOf(world.company.sites[(host as Host).office]),
    userAgent,
    os: userAgent.includes("Windows") ? "Windows 10" : userAgent.includes("Mac") ? "Mac OS X" : "Linux",
    browser: userAgent.includes("Firefox") ? "FIREFOX" : "CHROME",
    session: `102${random.alphanumeric(22)}`,
    unusual: event.elsewhere !== undefined,
  } as const;
  if (world.company.profile.formats.identity === "entra") return signInAtEntra(world, event, base);
  let clock = event.time;
  const write = (
    record: Pick<OktaRecord, "eventType" | "displayMessage" | "requestUri" | "factor" | "application">,
  ): void => {
    const full: OktaRecord = {
      ...base,
      ...record,
      time: clock,
      uuid: random.uuid(),
      requestId: random.alphanumeric(27),
    };
    world.book.add("okta/system-log.ndjson", clock, () => [oktaLine(full)]);
    clock += random.int(900, 6_500);
  };
  write({
    eventType: "user.session.start",
    displayMessage: "User login to Okta",
    requestUri: "/idp/idx/identify",
    factor: "PASSWORD",
    application: null,
  });
  write({
    eventType: "user.authentication.auth_via_mfa",
    displayMessage: "Authentication of user via MFA",
    requestUri: "/idp/idx/challenge/answer",
    factor: "SIGNED_NONCE",
    application: null,
  });
  for (const key of event.applications) {
    const known = APPLICATIONS[key];
    const application = { ...known, name: known.name.replace("{company}", world.company.profile.name) };
    write({
      eventType: "user.authentication.sso",
      displayMessage: "User single sign on to app",
      requestUri: `/app/${key}/exk${application.id.slice(3)}/sso/saml`,
      factor: null,
      application,
    });
  }
  return clock;
}

/** Entra writes a line for each application and none for the session. */
function signInAtEntra(
  world: World,
  { applications, elsewhere, host, random, time }: SignIn,
  base: Pick<OktaRecord, "user" | "ip" | "userAgent" | "os" | "unusual">,
): number {
  const { offices } = world.company.profile;
  const site = offices[host?.office ?? "head"];
  const place =
    elsewhere === undefined
      ? { ...site, countryCode: site.countryCode }
      : { ...elsewhere.place, countryCode: elsewhere.countryCode };
  let clock = time;
  for (const key of applications) {
    const { id, name } = APPLICATIONS[key];
    const { city, state, countryCode, latitude, longitude } = place;
    const record = {
      ...base,
      time: clock,
      id: random.uuid(),
      application: { id, name: name.replace("{company}", world.company.profile.name) },
      browser: base.userAgent.includes("Firefox") ? "Firefox 136.0" : "Chrome 134.0.0",
      place: { city, state, countryCode, latitude, longitude },
      device: host?.name ?? null,
    };
    world.book.add("identity/entra-signin.ndjson", clock, () => [entraLine(record)]);
    clock += random.int(900, 6_500);
  }
  return clock;
}

function placeOf(site: Company["sites"]["head"]): OktaPlace {
  const { city, state, country, postalCode, latitude, longitude, provider, asNumber } = site;
  return { city, state, country, postalCode, latitude, longitude, provider, asNumber };
}

export function browser(windows: boolean): string {
  return windows
    ? "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36"
    : "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0";
}
