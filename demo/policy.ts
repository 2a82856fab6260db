/** A company's policy.yaml: what is sanctioned there, and the tuning of the analytics. */
import { stringify } from "yaml";
import { DAY } from "./clock.ts";
import type { Host } from "./company.ts";
import { settingsGist, syncers } from "./life/settings-sync.ts";
import { onCallDay } from "./life/on-call.ts";
import type { World } from "./world.ts";

const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

function header(name: string): string {
  return name === "Acme"
    ? `# What is sanctioned at Acme, the invented company whose logs \`sallyport demo\` replays.
# Made by the generator in this folder; the keys are explained in docs/reference/configuration.md.
`
    : `# What is sanctioned at ${name}, an invented company. Made by \`sallyport simulate\`.
`;
}

export function policyText(world: World): string {
  const { people, hosts, profile, services } = world.company;
  const { slug, domain, gitlab } = profile;
  const { onCall, maintainer } = world.roles;
  const night = onCallDay(world);
  const ours = `github.com/${slug}/*`;
  const both = [ours, `${gitlab}/*`];
  const policy = {
    organization: profile.name,
    sanctioned: {
      repositories: [
        ours,
        `${gitlab}/*`,
        // contributions to a public project from the maintainer's fork
        `github.com/${maintainer.github.login}/kestrel-parser`,
        `huggingface.co/${slug}/*`,
        ...syncers(world).map((person) => `gist.github.com/${settingsGist(person)}`),
      ],
      hosts: [
        ...roles(world, "ws-dev-", "developer"),
        ...roles(world, "ws-ds-", "developer"),
        ...roles(world, "dev-", "developer"),
        ...roles(world, "ci-", "pipeline", [ours]),
        ...roles(world, "backup-", "backup", both),
        ...roles(world, "jump-", "administration", [`${gitlab}/*`]),
        ...roles(world, "db-", "server", []),
        ...roles(world, "erp-", "server", []),
        ...roles(world, "fs-", "server", []),
        ...roles(world, "esx-", "hypervisor", []),
        ...officeMachines(world),
      ],
      users: [`*@${domain}`, ...(profile.logins === "account-org" ? [`*-${slug}`] : [])],
      service_accounts: [
        { match: services.ci.github.login, hosts: names(world, "ci-"), repositories: [ours] },
        { match: "ci-runner", hosts: names(world, "ci-"), repositories: [ours] },
        { match: services.backup.github.login, hosts: names(world, "backup-"), repositories: both },
        { match: "backup", hosts: names(world, "backup-"), repositories: both },
        { match: "dependabot[bot]", repositories: [ours] },
        { match: "renovate[bot]", repositories: [ours] },
        { match: "github-actions[bot]", repositories: [ours] },
      ],
      addresses: Object.values(profile.offices)
        .map(({ network }) => `${network}.0.0/16`)
        .concat("192.0.2.0/28", "198.51.100.16/28"),
    },
    inventory: [
      ...people.map((person) => ({
        address: person.workstation.ip,
        host: person.workstation.name,
        user: person.email,
      })),
      ...hosts.filter((host) => !host.key.startsWith("ws-")).map((host) => ({ address: host.ip, host: host.name })),
    ],
    people: people.map((person) => ({
      user: person.email,
      logins: [person.account.name, person.github.login],
      team: person.team,
      developer: person.developer,
    })),
    on_call: [{ user: onCall.email, from: moment(night - 0.25 * DAY), to: moment(night + 0.25 * DAY) }],
    MonitoredDomains: ["git.partner.example"],
    RepoDomainList: ["github.com", gitlab, "huggingface.co"],
    ExfilVolumeThreshold: "50MB",
    WorkHours: {
      timezone: profile.offices.head.zone,
      days: profile.workdays.map((day) => DAY_NAMES[day]),
      ...profile.workHours,
    },
    MonitoredApplications: ["WINWORD.EXE", "EXCEL.EXE", "POWERPNT.EXE", "OUTLOOK.EXE", "Preview", "Microsoft Word"],
    DatastoreTransferThreshold: "10MB",
    sensitive_paths: [
      "*\\Finance\\*",
      "*\\Personnel\\*",
      "*\\Documents\\*",
      "/srv/finance/*",
      "/srv/personnel/*",
      "/srv/customers/*",
      "/var/backups/db/*",
      "/vmfs/volumes/*",
    ],
  };
  return `${header(profile.name)}${stringify(policy, { flowCollectionPadding: true, lineWidth: 140, aliasDuplicateObjects: false })}`;
}

/** Machines of a kind: by the pattern of their names where names tell, else one by one. */
function roles(world: World, prefix: string, role: string, repositories?: readonly string[]): unknown[] {
  return names(world, prefix).map((match) => ({
    match,
    role,
    ...(repositories === undefined ? {} : { repositories }),
  }));
}

function names(world: World, prefix: string): string[] {
  if (world.company.profile.hosts === "purpose") return [`${prefix}*`];
  return world.company.hosts.filter(({ key }) => key.startsWith(prefix)).map(({ name }) => name);
}

function officeMachines(world: World): unknown[] {
  const { profile, hosts } = world.company;
  if (profile.hosts === "purpose") return roles(world, "ws-", "office");
  const office = ({ key }: Host): boolean => key.startsWith("ws-") && !/^ws-(?:dev|ds)-/.test(key);
  return hosts.filter(office).map(({ name }) => ({ match: name, role: "office" }));
}

/** Date and time on the head office's clocks, to the hour; policy reads it in the zone of WorkHours. */
function moment(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}
