/**
 * Which log sources of Sigma our source maps provide: one line a source, one line a category.
 *
 * Windows event logs are not here: their channel and event id decide, see `windows-logs.ts`.
 */

export interface SourceRow {
  /** `logsource.product` values that mean this source. */
  readonly products: readonly string[];
  /** `logsource.service` values that mean it. */
  readonly services: readonly string[];
  /** Where it looks from: decides which categories it can be. */
  readonly vantage: "endpoint" | "network" | "proxy" | "webserver" | "resolver" | "firewall" | "audit";
}

/** Source map id → what it is to Sigma. Prefixes that end in `*` stand for a family. */
export const SOURCES: readonly (readonly [id: string, row: SourceRow])[] = [
  ["github-audit", { products: ["github"], services: ["audit"], vantage: "audit" }],
  ["github-webhook", { products: ["github"], services: ["webhook"], vantage: "audit" }],
  ["gitlab-audit", { products: ["gitlab"], services: ["audit"], vantage: "audit" }],
  ["gitlab-*", { products: ["gitlab"], services: ["api", "production", "shell"], vantage: "audit" }],
  ["bitbucket-*", { products: ["bitbucket"], services: ["audit"], vantage: "audit" }],
  ["azure-devops-*", { products: ["azure_devops", "azure"], services: ["audit"], vantage: "audit" }],
  ["gitea-*", { products: ["gitea"], services: ["log"], vantage: "audit" }],
  ["okta-*", { products: ["okta"], services: ["okta"], vantage: "audit" }],
  ["onelogin-*", { products: ["onelogin"], services: ["onelogin.events"], vantage: "audit" }],
  ["duo-*", { products: ["cisco"], services: ["duo"], vantage: "audit" }],
  ["entra-sign-in*", { products: ["azure"], services: ["signinlogs"], vantage: "audit" }],
  ["entra-audit*", { products: ["azure"], services: ["auditlogs"], vantage: "audit" }],
  ["azure-activity*", { products: ["azure"], services: ["activitylogs"], vantage: "audit" }],
  [
    "m365-*",
    { products: ["m365"], services: ["audit", "exchange", "threat_management", "threat_detection"], vantage: "audit" },
  ],
  [
    "google-workspace-*",
    { products: ["gcp"], services: ["google_workspace.admin", "google_workspace.login"], vantage: "audit" },
  ],
  ["gcp-*", { products: ["gcp"], services: ["gcp.audit"], vantage: "audit" }],
  ["aws-cloudtrail", { products: ["aws"], services: ["cloudtrail"], vantage: "audit" }],
  ["aws-vpc-flow", { products: ["aws"], services: ["vpcflow"], vantage: "firewall" }],
  ["kubernetes-*", { products: ["kubernetes"], services: ["audit"], vantage: "audit" }],
  ["zeek-conn", { products: ["zeek"], services: ["conn"], vantage: "network" }],
  ["zeek-dns", { products: ["zeek"], services: ["dns"], vantage: "resolver" }],
  ["zeek-http", { products: ["zeek"], services: ["http"], vantage: "proxy" }],
  ["zeek-ssl", { products: ["zeek"], services: ["ssl", "x509"], vantage: "network" }],
  ["zeek-*", { products: ["zeek"], services: [], vantage: "network" }],
  ["suricata-*", { products: ["suricata"], services: ["eve"], vantage: "network" }],
  ["squid", { products: ["squid"], services: ["access"], vantage: "proxy" }],
  ["zscaler-*", { products: ["zscaler"], services: ["web"], vantage: "proxy" }],
  ["netskope-*", { products: ["netskope"], services: ["web"], vantage: "proxy" }],
  ["apache-*", { products: ["apache"], services: ["apache", "access"], vantage: "webserver" }],
  ["nginx-*", { products: ["nginx"], services: ["nginx", "access"], vantage: "webserver" }],
  ["iis-*", { products: ["iis", "windows"], services: ["iis"], vantage: "webserver" }],
  ["dnsmasq", { products: ["dnsmasq"], services: ["dns"], vantage: "resolver" }],
  ["bind-query", { products: ["bind"], services: ["dns"], vantage: "resolver" }],
  ["unbound-*", { products: ["unbound"], services: ["dns"], vantage: "resolver" }],
  ["paloalto-*", { products: ["paloalto"], services: ["traffic"], vantage: "firewall" }],
  ["fortigate-*", { products: ["fortigate"], services: ["event", "traffic"], vantage: "firewall" }],
  ["cisco-asa", { products: ["cisco"], services: ["asa"], vantage: "firewall" }],
  ["cisco-umbrella-*", { products: ["cisco"], services: ["umbrella"], vantage: "resolver" }],
  ["linux-auditd", { products: ["linux"], services: ["auditd"], vantage: "endpoint" }],
  ["linux-sshd", { products: ["linux"], services: ["sshd", "auth"], vantage: "endpoint" }],
  ["linux-sudo", { products: ["linux"], services: ["sudo", "auth"], vantage: "endpoint" }],
  ["linux-*", { products: ["linux"], services: ["syslog"], vantage: "endpoint" }],
  ["macos-*", { products: ["macos"], services: [], vantage: "endpoint" }],
  ["esxi-*", { products: ["esxi", "vmware"], services: ["hostd", "shell", "vpxa"], vantage: "endpoint" }],
];

export interface CategoryRow {
  /** OCSF class_uid values of its events. */
  readonly classes: readonly number[];
  /** OCSF activity_id values; empty: all. */
  readonly activities: readonly number[];
  readonly vantages: readonly SourceRow["vantage"][];
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
