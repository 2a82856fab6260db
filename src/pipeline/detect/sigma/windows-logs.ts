/**
 * The Windows part of Sigma's taxonomy: which channel is which `service`, and which event ids are which `category`.
 *
 * @see https://sigmahq.io/sigma-specification/specification/sigma-appendix-taxonomy.html
 */
import type { Logsource } from "./document.ts";

/** Channel in lower case → service. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ["application", "application"],
  ["security", "security"],
  ["system", "system"],
  ["dns server", "dns-server"],
  ["windows powershell", "powershell-classic"],
  ["microsoft-windows-powershell/operational", "powershell"],
  ["powershellcore/operational", "powershell"],
  ["microsoft-windows-sysmon/operational", "sysmon"],
  ["linux-sysmon/operational", "sysmon"],
  ["microsoft-windows-application-experience/program-telemetry", "application-experience"],
  ["microsoft-windows-application-experience/program-compatibility-assistant", "application-experience"],
  ["microsoft-windows-applocker/msi and script", "applocker"],
  ["microsoft-windows-applocker/exe and dll", "applocker"],
  ["microsoft-windows-applocker/packaged app-deployment", "applocker"],
  ["microsoft-windows-applocker/packaged app-execution", "applocker"],
  ["microsoft-windows-appmodel-runtime/admin", "appmodel-runtime"],
  ["microsoft-windows-appxdeploymentserver/operational", "appxdeployment-server"],
  ["microsoft-windows-appxpackagingom/operational", "appxpackaging-om"],
  ["microsoft-windows-appxpackaging/operational", "appxpackaging-om"],
  ["microsoft-windows-bitlocker/bitlocker management", "bitlocker"],
  ["microsoft-windows-bits-client/operational", "bits-client"],
  ["microsoft-windows-capi2/operational", "capi2"],
  [
    "microsoft-windows-certificateservicesclient-lifecycle-system/operational",
    "certificateservicesclient-lifecycle-system",
  ],
  ["microsoft-windows-codeintegrity/operational", "codeintegrity-operational"],
  ["microsoft-windows-dhcp-server/operational", "dhcp"],
  ["microsoft-windows-diagnosis-scripted/operational", "diagnosis-scripted"],
  ["microsoft-windows-dns client events/operational", "dns-client"],
  ["microsoft-windows-dns-client/operational", "dns-client"],
  ["microsoft-windows-dns-server/analytical", "dns-server-analytic"],
  ["microsoft-windows-dns-server/audit", "dns-server-audit"],
  ["microsoft-windows-driverframeworks-usermode/operational", "driver-framework"],
  ["microsoft-windows-windows firewall with advanced security/firewall", "firewall-as"],
  ["microsoft-windows-hyper-v-worker", "hyper-v-worker"],
  ["microsoft-windows-hyper-v-worker-admin", "hyper-v-worker"],
  ["microsoft-iis-configuration/operational", "iis-configuration"],
  ["microsoft-windows-kernel-eventtracing", "kernel-event-tracing"],
  ["microsoft-windows-kernel-eventtracing/admin", "kernel-event-tracing"],
  ["microsoft-windows-kernel-shimengine/operational", "kernel-shimengine"],
  ["microsoft-windows-kernel-shimengine/diagnostic", "kernel-shimengine"],
  ["microsoft-windows-ldap-client/debug", "ldap"],
  ["microsoft-windows-lsa/operational", "lsa-server"],
  ["msexchange management", "msexchange-management"],
  ["microsoft-windows-ntfs/operational", "ntfs"],
  ["microsoft-windows-ntlm/operational", "ntlm"],
  ["openssh/operational", "openssh"],
  ["openssh/admin", "openssh"],
  ["microsoft-windows-printservice/admin", "printservice-admin"],
  ["microsoft-windows-printservice/operational", "printservice-operational"],
  ["microsoft-windows-security-mitigations/kernel mode", "security-mitigations"],
  ["microsoft-windows-security-mitigations/kernelmode", "security-mitigations"],
  ["microsoft-windows-security-mitigations/user mode", "security-mitigations"],
  ["microsoft-windows-security-mitigations/usermode", "security-mitigations"],
  ["microsoft-windows-sense/operational", "sense"],
  ["microsoft-servicebus-client/operational", "servicebus-client"],
  ["microsoft-servicebus-client/admin", "servicebus-client"],
  ["microsoft-windows-shell-core/operational", "shell-core"],
  ["microsoft-windows-smbclient/security", "smbclient-security"],
  ["microsoft-windows-smbclient/connectivity", "smbclient-connectivity"],
  ["microsoft-windows-smbserver/connectivity", "smbserver-connectivity"],
  ["microsoft-windows-taskscheduler/operational", "taskscheduler"],
  ["microsoft-windows-terminalservices-localsessionmanager/operational", "terminalservices-localsessionmanager"],
  ["microsoft-windows-vhdmp/operational", "vhdmp"],
  ["microsoft-windows-windows defender/operational", "windefend"],
  ["microsoft-windows-wmi-activity/operational", "wmi"],
]);

/** Provider in lower case → service, for events that name no channel. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["microsoft-windows-sysmon", "sysmon"],
  ["linux-sysmon", "sysmon"],
  ["microsoft-windows-security-auditing", "security"],
  ["microsoft-windows-powershell", "powershell"],
  ["powershellcore", "powershell"],
  ["microsoft-windows-windows defender", "windefend"],
  ["microsoft-windows-taskscheduler", "taskscheduler"],
  ["microsoft-windows-wmi-activity", "wmi"],
  ["microsoft-windows-bits-client", "bits-client"],
  ["service control manager", "system"],
]);

/** Other spellings of a service in rules. */
const SERVICE_ALIASES: ReadonlyMap<string, string> = new Map([
  ["microsoft-servicebus-client", "servicebus-client"],
  ["powershell_classic", "powershell-classic"],
  ["ldap_debug", "ldap"],
]);

type EventIds = Readonly<Record<string, readonly number[]>>;

/** Category → service → event ids that are of it. */
const CATEGORIES: ReadonlyMap<string, EventIds> = new Map<string, EventIds>([
  ["process_creation", { sysmon: [1], security: [4688] }],
  ["file_change", { sysmon: [2] }],
  ["network_connection", { sysmon: [3], security: [5156] }],
  ["sysmon_status", { sysmon: [4, 16] }],
  ["process_termination", { sysmon: [5], security: [4689] }],
  ["driver_load", { sysmon: [6] }],
  ["image_load", { sysmon: [7] }],
  ["create_remote_thread", { sysmon: [8] }],
  ["raw_access_thread", { sysmon: [9] }],
  ["process_access", { sysmon: [10], security: [4656, 4663] }],
  ["file_event", { sysmon: [11], security: [4663] }],
  ["registry_event", { sysmon: [12, 13, 14], security: [4657] }],
  ["registry_add", { sysmon: [12], security: [4657] }],
  ["registry_delete", { sysmon: [12], security: [4657, 4660] }],
  ["registry_set", { sysmon: [13], security: [4657] }],
  ["registry_rename", { sysmon: [14] }],
  ["create_stream_hash", { sysmon: [15] }],
  ["pipe_created", { sysmon: [17, 18] }],
  ["wmi_event", { sysmon: [19, 20, 21] }],
  ["dns_query", { sysmon: [22] }],
  ["file_delete", { sysmon: [23, 26], security: [4660] }],
  ["clipboard_capture", { sysmon: [24] }],
  ["process_tampering", { sysmon: [25] }],
  ["file_delete_detected", { sysmon: [26] }],
  ["file_block_executable", { sysmon: [27] }],
  ["file_block_shredding", { sysmon: [28] }],
  ["file_executable_detected", { sysmon: [29] }],
  ["sysmon_error", { sysmon: [255] }],
  ["ps_module", { powershell: [4103] }],
  ["ps_script", { powershell: [4104] }],
  ["ps_classic_start", { "powershell-classic": [400] }],
  ["ps_classic_provider_start", { "powershell-classic": [600] }],
  ["ps_classic_script", { "powershell-classic": [800] }],
  ["antivirus", { windefend: [1006, 1007, 1008, 1015, 1116, 1117, 1118, 1119], application: [] }],
  // Kernel-File and other traces that no channel of the event log carries
  ["file_access", {}],
  ["file_rename", {}],
]);

export const WINDOWS_SERVICES: ReadonlySet<string> = new Set(SERVICES.values());
export const WINDOWS_CATEGORIES: ReadonlySet<string> = new Set(CATEGORIES.keys());

/** What a Windows event says of itself. */
export interface WindowsFacts {
  /** Service of its channel or provider; "" when it names none, "other" when the taxonomy does not know it. */
  readonly service: string;
  /** -1 when it does not say. */
  readonly eventId: number;
  /** "linux" for Sysmon for Linux. */
  readonly product: "windows" | "linux";
}

export function windowsFacts(channel: string, provider: string, eventId: number): WindowsFacts {
  const named =
    channel === ""
      ? provider === ""
        ? ""
        : (PROVIDERS.get(provider.toLowerCase()) ?? "")
      : (SERVICES.get(channel.toLowerCase()) ?? "other");
  const product = channel.startsWith("Linux-Sysmon") || provider === "Linux-Sysmon" ? "linux" : "windows";
  return { service: named, eventId, product };
}

/** Whether the log source of a rule can be that of the event; what the event does not say is no contradiction. */
export function windowsApplies({ product, service, category }: Logsource, facts: WindowsFacts): boolean {
  // an event id alone does not make an event one of Windows
  const certain = facts.service !== "";
  if (product !== null && product !== facts.product) {
    if (certain && !(product === "rpc_firewall" && facts.service === "other")) return false;
    // Sysmon for Linux uses the same ids
    if (product !== "linux") return true;
  }
  if (service !== null && certain && (SERVICE_ALIASES.get(service) ?? service) !== facts.service) return false;
  if (category === null) return true;
  const ids = CATEGORIES.get(category);
  if (ids === undefined) return !certain || category === "application";
  if (certain) {
    const ofService = Object.hasOwn(ids, facts.service) ? ids[facts.service] : undefined;
    return (
      ofService !== undefined && (facts.eventId < 0 || ofService.length === 0 || ofService.includes(facts.eventId))
    );
  }
  const all = Object.values(ids).flat();
  return facts.eventId < 0 || all.length === 0 || all.includes(facts.eventId);
}
