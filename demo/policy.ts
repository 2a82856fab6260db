/** Acme's policy.yaml: what is sanctioned there, and the tuning of the analytics. */
import { stringify } from "yaml";
import { DAY } from "./clock.ts";
import { settingsGist, syncers } from "./life/settings-sync.ts";
import { onCallDay } from "./life/on-call.ts";
import type { World } from "./world.ts";

const HEADER = `# What is sanctioned at Acme, the invented company whose logs \`sallyport demo\` replays.
# Made by the generator in this folder; the keys are explained in docs/reference/configuration.md.
`;

export function policyText(world: World): string {
  const { people, hosts } = world.company;
  const { onCall, maintainer } = world.roles;
  const night = onCallDay(world);
  const policy = {
    organization: "Acme",
    sanctioned: {
      repositories: [
        "github.com/acme/*",
        "gitlab.acme.example/*",
        // contributions to a public project from the maintainer's fork
        `github.com/${maintainer.github.login}/kestrel-parser`,
        "huggingface.co/acme/*",
        ...syncers(world).map((person) => `gist.github.com/${settingsGist(person)}`),
      ],
      hosts: [
        { match: "ws-dev-*", role: "developer" },
        { match: "ws-ds-*", role: "developer" },
        { match: "dev-*", role: "developer" },
        { match: "ci-*", role: "pipeline", repositories: ["github.com/acme/*"] },
        { match: "backup-*", role: "backup", repositories: ["github.com/acme/*", "gitlab.acme.example/*"] },
        { match: "jump-*", role: "administration", repositories: ["gitlab.acme.example/*"] },
        { match: "db-*", role: "server", repositories: [] },
        { match: "erp-*", role: "server", repositories: [] },
        { match: "fs-*", role: "server", repositories: [] },
        { match: "esx-*", role: "hypervisor", repositories: [] },
        { match: "ws-*", role: "office" },
      ],
      users: ["*@acme.example", "*-acme"],
      service_accounts: [
        { match: "acme-ci-bot", hosts: ["ci-*"], repositories: ["github.com/acme/*"] },
        { match: "ci-runner", hosts: ["ci-*"], repositories: ["github.com/acme/*"] },
        { match: "acme-backup-bot", hosts: ["backup-*"], repositories: ["github.com/acme/*", "gitlab.acme.example/*"] },
        { match: "backup", hosts: ["backup-*"], repositories: ["github.com/acme/*", "gitlab.acme.example/*"] },
        { match: "dependabot[bot]", repositories: ["github.com/acme/*"] },
        { match: "renovate[bot]", repositories: ["github.com/acme/*"] },
        { match: "github-actions[bot]", repositories: ["github.com/acme/*"] },
      ],
      addresses: ["10.1.0.0/16", "10.2.0.0/16", "192.0.2.0/28", "198.51.100.16/28"],
    },
    inventory: [
      ...people.map((person) => ({
        address: person.workstation.ip,
        host: person.workstation.name,
        user: person.email,
      })),
      ...hosts.filter((host) => !host.name.startsWith("ws-")).map((host) => ({ address: host.ip, host: host.name })),
    ],
    people: people.map((person) => ({
      user: person.email,
      logins: [person.account.name, person.github.login],
      team: person.team,
      developer: person.developer,
    })),
    on_call: [{ user: onCall.email, from: moment(night - 0.25 * DAY), to: moment(night + 0.25 * DAY) }],
    MonitoredDomains: ["git.partner.example"],
    RepoDomainList: ["github.com", "gitlab.acme.example", "huggingface.co"],
    ExfilVolumeThreshold: "50MB",
    WorkHours: { timezone: "Europe/Berlin", days: ["mon", "tue", "wed", "thu", "fri"], from: "07:00", to: "20:00" },
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
  return `${HEADER}${stringify(policy, { flowCollectionPadding: true, lineWidth: 140 })}`;
}

/** Date and time on Berlin's clocks, to the hour; policy reads it in the zone of WorkHours. */
function moment(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}
