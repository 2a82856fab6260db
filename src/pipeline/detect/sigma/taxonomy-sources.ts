/**
 * Which log sources of Sigma our source maps provide: one line a source, one line a category.
 *
 * Windows event logs are not here: their channel and event id decide, see `windows-logs.ts`.
 */

/** Where a source looks from: decides which categories its events can be. */
export type Vantage = "endpoint" | "network" | "proxy" | "webserver" | "resolver" | "firewall" | "audit";

export interface SourceRow {
  /** `logsource.product` values that mean this source. */
  readonly products: readonly string[];
  /** `logsource.service` values that mean it. */
  readonly services: readonly string[];
  /** One for most; products that see several kinds of traffic have several. */
  readonly vantages: readonly Vantage[];
  /** true: the products are operating systems, and the event's `device.os` tells which of them it is. */
  readonly systems?: boolean;
}

/** Source map id → what it is to Sigma; `*` stands for any text. The first line that fits counts. */
export const SOURCES: readonly (readonly [id: string, row: SourceRow])[] = [
  // repository
  ["github-audit", { products: ["github"], services: ["audit"], vantages: ["audit"] }],
  ["github-webhook", { products: ["github"], services: ["webhook"], vantages: ["audit"] }],
  ["gitlab-audit", { products: ["gitlab"], services: ["audit"], vantages: ["audit"] }],
  ["gitlab-*", { products: ["gitlab"], services: ["api", "production", "shell"], vantages: ["audit"] }],
  ["gitaly*", { products: ["gitlab"], services: ["gitaly"], vantages: ["audit"] }],
  ["bitbucket-*", { products: ["bitbucket"], services: ["audit"], vantages: ["audit"] }],
  ["atlassian-*", { products: ["atlassian"], services: ["audit"], vantages: ["audit"] }],
  ["azure-devops-*", { products: ["azure_devops", "azure"], services: ["audit"], vantages: ["audit"] }],
  ["gitea*", { products: ["gitea"], services: ["log"], vantages: ["audit"] }],
  ["forgejo*", { products: ["forgejo", "gitea"], services: ["log"], vantages: ["audit"] }],
  ["teleport-*", { products: ["teleport"], services: ["audit"], vantages: ["audit", "endpoint"] }],
  // identity
  ["okta-*", { products: ["okta"], services: ["okta"], vantages: ["audit"] }],
  ["onelogin*", { products: ["onelogin"], services: ["onelogin.events"], vantages: ["audit"] }],
  ["auth0*", { products: ["auth0"], services: ["auth0"], vantages: ["audit"] }],
  ["duo*", { products: ["cisco"], services: ["duo"], vantages: ["audit"] }],
  ["keycloak*", { products: ["keycloak"], services: ["keycloak"], vantages: ["audit"] }],
  ["entra-sign*", { products: ["azure"], services: ["signinlogs"], vantages: ["audit"] }],
  ["entra-audit*", { products: ["azure"], services: ["auditlogs", "activitylogs"], vantages: ["audit"] }],
  ["azure-activity*", { products: ["azure"], services: ["activitylogs"], vantages: ["audit"] }],
  [
    "m365*",
    {
      products: ["m365"],
      services: ["audit", "exchange", "threat_management", "threat_detection"],
      vantages: ["audit"],
    },
  ],
  [
    "google-workspace*",
    {
      products: ["gcp", "google_workspace"],
      services: ["google_workspace.admin", "google_workspace.login"],
      vantages: ["audit"],
    },
  ],
  // cloud
  ["gcp-vpc*", { products: ["gcp"], services: ["gcp.vpc_flow"], vantages: ["firewall", "network"] }],
  ["gcp-firewall", { products: ["gcp"], services: ["gcp.firewall"], vantages: ["firewall", "network"] }],
  ["gcp-dns", { products: ["gcp"], services: ["gcp.dns"], vantages: ["resolver"] }],
  ["gcp-*", { products: ["gcp"], services: ["gcp.audit"], vantages: ["audit"] }],
  ["aws-cloudtrail", { products: ["aws"], services: ["cloudtrail"], vantages: ["audit"] }],
  ["aws-vpc-flow", { products: ["aws"], services: ["vpcflow"], vantages: ["firewall", "network"] }],
  ["aws-network-firewall*", { products: ["aws"], services: ["networkfirewall"], vantages: ["firewall", "network"] }],
  ["aws-waf*", { products: ["aws"], services: ["waf"], vantages: ["webserver"] }],
  ["aws-s3-access", { products: ["aws"], services: ["s3"], vantages: ["webserver"] }],
  ["aws-route53*", { products: ["aws"], services: ["route53"], vantages: ["resolver"] }],
  ["route53*", { products: ["aws"], services: ["route53"], vantages: ["resolver"] }],
  ["azure-firewall*", { products: ["azure"], services: ["azurefirewall"], vantages: ["firewall", "network"] }],
  ["azure-vmconnection", { products: ["azure"], services: ["vmconnection"], vantages: ["endpoint"] }],
  ["azure-*flow*", { products: ["azure"], services: ["vnetflow"], vantages: ["firewall", "network"] }],
  ["kubernetes-*", { products: ["kubernetes"], services: ["audit"], vantages: ["audit"] }],
  // network
  ["zeek-conn", { products: ["zeek"], services: ["conn"], vantages: ["network"] }],
  ["zeek-dns", { products: ["zeek"], services: ["dns"], vantages: ["resolver"] }],
  ["zeek-http", { products: ["zeek"], services: ["http"], vantages: ["proxy"] }],
  ["zeek-ssl", { products: ["zeek"], services: ["ssl", "x509"], vantages: ["network"] }],
  ["zeek-ssh", { products: ["zeek"], services: ["ssh"], vantages: ["network"] }],
  ["zeek-files", { products: ["zeek"], services: ["files"], vantages: ["network"] }],
  ["zeek-*", { products: ["zeek"], services: [], vantages: ["network"] }],
  ["suricata*", { products: ["suricata"], services: ["eve"], vantages: ["network", "resolver"] }],
  ["squid", { products: ["squid"], services: ["access"], vantages: ["proxy"] }],
  ["zscaler-*dns*", { products: ["zscaler"], services: ["dns"], vantages: ["resolver"] }],
  ["zscaler-*firewall*", { products: ["zscaler"], services: ["firewall"], vantages: ["firewall"] }],
  [
    "zscaler-*",
    { products: ["zscaler"], services: ["web", "firewall", "dns"], vantages: ["proxy", "firewall", "resolver"] },
  ],
  ["netskope*", { products: ["netskope"], services: ["web"], vantages: ["proxy"] }],
  ["cloudflare*", { products: ["cloudflare"], services: ["gateway"], vantages: ["proxy", "resolver", "firewall"] }],
  ["bluecoat*", { products: ["bluecoat", "symantec"], services: ["access"], vantages: ["proxy"] }],
  ["symantec*", { products: ["symantec", "bluecoat"], services: ["access"], vantages: ["proxy"] }],
  [
    "palo-alto*",
    {
      products: ["paloalto"],
      services: ["traffic", "threat", "url", "globalprotect"],
      vantages: ["firewall", "proxy", "resolver", "audit"],
    },
  ],
  [
    "fortinet-*",
    {
      products: ["fortigate", "fortios", "fortinet"],
      services: ["event", "traffic"],
      vantages: ["firewall", "proxy", "resolver", "audit"],
    },
  ],
  ["cisco-umbrella*", { products: ["cisco"], services: ["umbrella"], vantages: ["resolver", "proxy"] }],
  ["cisco-wsa*", { products: ["cisco"], services: ["wsa"], vantages: ["proxy"] }],
  ["cisco-meraki*", { products: ["cisco"], services: ["meraki"], vantages: ["firewall", "proxy"] }],
  ["cisco-*", { products: ["cisco"], services: ["asa", "ftd"], vantages: ["firewall"] }],
  ["check-point*", { products: ["checkpoint"], services: ["firewall"], vantages: ["firewall", "proxy", "audit"] }],
  ["sophos*", { products: ["sophos"], services: ["firewall"], vantages: ["firewall", "proxy", "audit"] }],
  ["sonicwall*", { products: ["sonicwall"], services: ["firewall"], vantages: ["firewall", "proxy", "audit"] }],
  ["stormshield*", { products: ["stormshield"], services: ["firewall"], vantages: ["firewall", "proxy", "audit"] }],
  ["watchguard*", { products: ["watchguard"], services: ["firewall"], vantages: ["firewall", "proxy"] }],
  ["juniper*", { products: ["juniper"], services: ["srx"], vantages: ["firewall"] }],
  ["pfsense*", { products: ["pfsense"], services: ["filterlog"], vantages: ["firewall"] }],
  ["pf-*", { products: ["pfsense"], services: ["filterlog"], vantages: ["firewall"] }],
  ["*iptables*", { products: ["linux"], services: ["iptables"], vantages: ["firewall"] }],
  ["netfilter*", { products: ["linux"], services: ["iptables"], vantages: ["firewall"] }],
  ["ufw*", { products: ["linux"], services: ["iptables"], vantages: ["firewall"] }],
  ["apache*", { products: ["apache"], services: ["apache", "access"], vantages: ["webserver"] }],
  ["nginx*", { products: ["nginx"], services: ["nginx", "access"], vantages: ["webserver"] }],
  ["haproxy*", { products: ["haproxy"], services: ["access"], vantages: ["webserver", "network"] }],
  ["caddy*", { products: ["caddy"], services: ["access"], vantages: ["webserver"] }],
  ["traefik*", { products: ["traefik"], services: ["access"], vantages: ["webserver"] }],
  ["iis*", { products: ["iis", "windows"], services: ["iis"], vantages: ["webserver"] }],
  ["access-log*", { products: ["apache", "nginx"], services: ["apache", "nginx", "access"], vantages: ["webserver"] }],
  ["dnsmasq", { products: ["dnsmasq"], services: ["dns"], vantages: ["resolver"] }],
  ["bind-*", { products: ["bind"], services: ["dns", "named"], vantages: ["resolver"] }],
  ["unbound*", { products: ["unbound"], services: ["dns"], vantages: ["resolver"] }],
  ["coredns*", { products: ["coredns"], services: ["dns"], vantages: ["resolver"] }],
  ["infoblox*", { products: ["infoblox"], services: ["dns", "audit"], vantages: ["resolver", "audit"] }],
  ["adguard*", { products: ["adguard"], services: ["dns"], vantages: ["resolver"] }],
  ["technitium*", { products: ["technitium"], services: ["dns"], vantages: ["resolver"] }],
  ["isc-dhcpd", { products: ["dhcpd"], services: ["dhcp"], vantages: ["resolver"] }],
  ["kea-dhcp", { products: ["kea"], services: ["dhcp"], vantages: ["resolver"] }],
  ["dnsmasq-dhcp", { products: ["dnsmasq"], services: ["dhcp"], vantages: ["resolver"] }],
  ["windows-dns*", { products: ["windows"], services: ["dns-server"], vantages: ["resolver"] }],
  // endpoint
  ["linux-auditd", { products: ["linux"], services: ["auditd"], vantages: ["endpoint"] }],
  ["linux-laurel", { products: ["linux"], services: ["auditd"], vantages: ["endpoint"] }],
  ["linux-auoms", { products: ["linux"], services: ["auditd"], vantages: ["endpoint"] }],
  ["auditbeat", { products: ["linux"], services: ["auditd"], vantages: ["endpoint"] }],
  ["linux-sshd", { products: ["linux"], services: ["sshd", "auth"], vantages: ["endpoint"] }],
  ["linux-sudo", { products: ["linux"], services: ["sudo", "auth"], vantages: ["endpoint"] }],
  ["linux-*", { products: ["linux"], services: ["syslog"], vantages: ["endpoint"] }],
  ["falco*", { products: ["linux", "kubernetes"], services: ["falco"], vantages: ["endpoint"] }],
  ["tetragon*", { products: ["linux", "kubernetes"], services: ["tetragon"], vantages: ["endpoint"] }],
  ["macos-*", { products: ["macos"], services: [], vantages: ["endpoint"] }],
  ["jamf-*", { products: ["macos"], services: [], vantages: ["endpoint"] }],
  ["esxi*", { products: ["esxi", "vmware"], services: ["hostd", "shell", "vpxa"], vantages: ["endpoint"] }],
  ["defender-*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  ["crowdstrike-*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  ["sentinelone*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  ["elastic-defend*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  ["carbon-black*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  ["osquery*", { products: ["windows", "linux", "macos"], services: [], vantages: ["endpoint"], systems: true }],
  // generic
  [
    "generic-*",
    { products: [], services: [], vantages: ["proxy", "webserver", "resolver", "firewall", "network", "endpoint"] },
  ],
  [
    "ecs*",
    { products: [], services: [], vantages: ["proxy", "webserver", "resolver", "firewall", "network", "endpoint"] },
  ],
  [
    "ocsf*",
    { products: [], services: [], vantages: ["proxy", "webserver", "resolver", "firewall", "network", "endpoint"] },
  ],
];

/** A source of nobody's public rules: those that name a category, or no log source but OCSF's, read it. */
export const UNLISTED_SOURCE: SourceRow = {
  products: [],
  services: [],
  vantages: ["proxy", "webserver", "resolver", "firewall", "network", "endpoint", "audit"],
};

/** Which OCSF classes a source may show from where it looks; generous, for telling what no source can. */
export const CLASSES_SEEN: Readonly<Record<Vantage, readonly number[]>> = {
  endpoint: [
    0, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 2004, 3001, 3002, 3005, 3006, 4001, 4002, 4003, 4006, 4007, 6003,
  ],
  network: [2004, 4001, 4002, 4003, 4004, 4006, 4007, 4008],
  proxy: [2004, 4001, 4002, 6003],
  webserver: [4001, 4002],
  resolver: [2004, 3002, 4003, 4004],
  firewall: [2004, 3002, 4001, 4002, 4003, 4004, 4006, 4007, 4014, 6003],
  audit: [0, 2004, 3001, 3002, 3004, 3005, 3006, 4001, 4002, 4007, 6003],
};

/** Which services of the Windows taxonomy a map of event logs reads; one that is not listed reads all. */
export const WINDOWS_SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ["windows-sysmon", ["sysmon"]],
  ["sysmon-linux", ["sysmon"]],
  ["windows-security", ["security"]],
  ["windows-powershell", ["powershell", "powershell-classic"]],
]);

export interface CategoryRow {
  /** OCSF class_uid values of its events. */
  readonly classes: readonly number[];
  /** OCSF activity_id values; empty: all. */
  readonly activities: readonly number[];
  readonly vantages: readonly Vantage[];
  /** With `category: network`: the service that narrows it. */
  readonly service?: string;
}

/** `logsource.category` → the activities that are of it, for sources other than Windows event logs. */
export const CATEGORIES: readonly (readonly [category: string, row: CategoryRow])[] = [
  ["process_creation", { classes: [1007], activities: [1], vantages: ["endpoint"] }],
  ["process_termination", { classes: [1007], activities: [2], vantages: ["endpoint"] }],
  ["process_access", { classes: [1007], activities: [3], vantages: ["endpoint"] }],
  ["file_event", { classes: [1001], activities: [1, 3], vantages: ["endpoint"] }],
  ["file_access", { classes: [1001], activities: [2, 14], vantages: ["endpoint"] }],
  ["file_change", { classes: [1001], activities: [3, 6, 7], vantages: ["endpoint"] }],
  ["file_delete", { classes: [1001], activities: [4], vantages: ["endpoint"] }],
  ["file_rename", { classes: [1001], activities: [5], vantages: ["endpoint"] }],
  ["network_connection", { classes: [4001, 4007], activities: [], vantages: ["endpoint"] }],
  ["dns_query", { classes: [4003], activities: [], vantages: ["endpoint"] }],
  ["proxy", { classes: [4002], activities: [], vantages: ["proxy"] }],
  ["webserver", { classes: [4002], activities: [], vantages: ["webserver", "proxy"] }],
  ["firewall", { classes: [4001], activities: [], vantages: ["firewall", "network"] }],
  ["dns", { classes: [4003], activities: [], vantages: ["resolver", "network"] }],
  ["network", { classes: [4001, 4007], activities: [], vantages: ["network", "firewall"], service: "connection" }],
  ["network", { classes: [4003], activities: [], vantages: ["resolver", "network"], service: "dns" }],
];
