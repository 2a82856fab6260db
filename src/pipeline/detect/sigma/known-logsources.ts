/**
 * Log sources that Sigma's taxonomy or public rules name: a rule for any other is most likely misspelt.
 *
 * @see https://sigmahq.io/sigma-specification/specification/sigma-appendix-taxonomy.html
 */
import type { Logsource } from "./document.ts";
import { OCSF_CLASSES } from "./ocsf-classes.ts";
import { CATEGORIES, SOURCES } from "./taxonomy-sources.ts";
import { WINDOWS_CATEGORIES, WINDOWS_SERVICES } from "./windows-logs.ts";

const PRODUCTS: ReadonlySet<string> = new Set([
  "windows",
  "linux",
  "macos",
  "ocsf",
  "apache",
  "modsecurity",
  "nginx",
  "iis",
  "django",
  "python",
  "rpc_firewall",
  "ruby_on_rails",
  "spring",
  "sql",
  "jvm",
  "nodejs",
  "velocity",
  "opencanary",
  "kubernetes",
  "aws",
  "azure",
  "gcp",
  "m365",
  "bitbucket",
  "github",
  "gitlab",
  "cisco",
  "okta",
  "onelogin",
  "huawei",
  "juniper",
  "fortios",
  "fortigate",
  "paloalto",
  "zeek",
  "qualys",
  "sophos",
  "netflow",
  "antivirus",
  "vmware",
  "docker",
  "postgresql",
  "mysql",
  "oracle",
  "auth0",
  "google_workspace",
  "crowdstrike",
  "unix",
  "hyper-v",
  ...SOURCES.flatMap(([, { products }]) => products),
]);
const CATEGORY_NAMES: ReadonlySet<string> = new Set([
  "application",
  "antivirus",
  "database",
  "authentication",
  "email",
  "edr",
  "ids",
  "vulnerability",
  "file_block",
  "web",
  "webserver",
  "process",
  "registry",
  "cloud",
  ...WINDOWS_CATEGORIES,
  ...CATEGORIES.map(([name]) => name),
]);
const SERVICES: ReadonlySet<string> = new Set([
  "auditd",
  "auth",
  "clamav",
  "cron",
  "guacamole",
  "sudo",
  "sshd",
  "ssh",
  "syslog",
  "vsftpd",
  "modsecurity",
  "apache",
  "nginx",
  "access",
  "error",
  "audit",
  "duo",
  "aaa",
  "bgp",
  "ldp",
  "event",
  "syslog_auth",
  "cloudtrail",
  "activitylogs",
  "auditlogs",
  "riskdetection",
  "pim",
  "signinlogs",
  "azureactivity",
  "microsoft365portal",
  "gcp.audit",
  "google_workspace.admin",
  "google_workspace.login",
  "exchange",
  "threat_detection",
  "threat_management",
  "okta",
  "onelogin.events",
  "dce_rpc",
  "dns",
  "http",
  "kerberos",
  "rdp",
  "smb_files",
  "x509",
  "connection",
  "microsoft-servicebus-client",
  "systemd",
  "named",
  "vpn",
  "powershell_classic",
  "ldap_debug",
  "windefend",
  "squid",
  "mailserver",
  "k8s",
  ...WINDOWS_SERVICES,
  ...SOURCES.flatMap(([, { services }]) => services),
]);

/** The part of a log source that is in no taxonomy, with the names it could have been; null when all are known. */
export function unknownLogsourcePart({
  category,
  product,
  service,
}: Logsource): { part: "category" | "product" | "service"; value: string; known: ReadonlySet<string> } | null {
  if (product === "ocsf") {
    if (service !== null && !OCSF_CLASSES.has(service))
      return { part: "service", value: service, known: new Set(OCSF_CLASSES.keys()) };
    return null;
  }
  if (product !== null && !PRODUCTS.has(product)) return { part: "product", value: product, known: PRODUCTS };
  if (category !== null && !CATEGORY_NAMES.has(category))
    return { part: "category", value: category, known: CATEGORY_NAMES };
  if (service !== null && !SERVICES.has(service)) return { part: "service", value: service, known: SERVICES };
  return null;
}
