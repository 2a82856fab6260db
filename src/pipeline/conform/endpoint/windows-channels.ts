/** Which events of the Windows event log are whose, and what each channel's become. */
import type { OcsfEvent } from "../../../model/activity.ts";
import type { WindowsEvent, WindowsHeader } from "../decoders/windows-event.ts";
import { dnsAnalyticEvent, isDnsAnalytic } from "../network/windows-dns-analytic.ts";
import { conformPowerShell } from "./powershell.ts";
import { conformSysmon } from "./sysmon.ts";
import { userOf } from "./objects.ts";
import { conformSecurity } from "./windows-security.ts";
import { subjectOf, windowsActivity } from "./windows.ts";

export const SYSMON = { name: "Sysmon", vendor_name: "Microsoft" };
export const WINDOWS = { name: "Windows", vendor_name: "Microsoft" };
export const LINUX_SYSMON = { name: "Sysmon for Linux", vendor_name: "Microsoft" };
export const DNS_SERVER = { name: "Windows DNS Server", vendor_name: "Microsoft" };
export const POWERSHELL = { name: "PowerShell", vendor_name: "Microsoft" };

export function isSysmon({ provider, channel }: WindowsHeader): boolean {
  return provider === "Microsoft-Windows-Sysmon" || channel === "Microsoft-Windows-Sysmon/Operational";
}

export function isLinuxSysmon({ provider, channel }: WindowsHeader): boolean {
  return provider === "Linux-Sysmon" || channel === "Linux-Sysmon/Operational";
}

/** The Security channel, and the one event elsewhere that belongs to it: a log was cleared. */
export function isSecurity({ provider, channel, eventId }: WindowsHeader): boolean {
  return (
    provider === "Microsoft-Windows-Security-Auditing" ||
    channel === "Security" ||
    (eventId === 104 && provider === "Microsoft-Windows-Eventlog")
  );
}

const POWERSHELL_CHANNELS: ReadonlySet<string> = new Set([
  "Microsoft-Windows-PowerShell/Operational",
  "PowerShellCore/Operational",
  "Windows PowerShell",
]);

export function isPowerShell({ provider, channel }: WindowsHeader): boolean {
  return (
    POWERSHELL_CHANNELS.has(channel) || provider === "Microsoft-Windows-PowerShell" || provider === "PowerShellCore"
  );
}

/** Any other channel of the Windows event log. */
export function isOtherChannel(header: WindowsHeader): boolean {
  if (isSysmon(header) || isSecurity(header) || isPowerShell(header) || isLinuxSysmon(header)) return false;
  if (isDnsAnalytic(header)) return false;
  return header.channel !== "" || header.provider.startsWith("Microsoft-Windows-");
}

/**
 * @returns null for an event that says nothing beside another one
 * @throws {MalformedInputError} when the event lacks what its id promises, or has no readable time
 */
export function conformWindowsEvent(event: WindowsEvent): OcsfEvent | null {
  if (isSysmon(event)) return conformSysmon(event, SYSMON, "windows");
  if (isSecurity(event)) return conformSecurity(event, WINDOWS);
  if (isLinuxSysmon(event)) return conformSysmon(event, LINUX_SYSMON, "linux");
  if (isPowerShell(event)) return conformPowerShell(event, POWERSHELL);
  if (isDnsAnalytic(event)) return dnsAnalyticEvent(event, DNS_SERVER);
  const { account } = event;
  const user = userOf(account?.name, account?.domain, account?.uid);
  return windowsActivity(subjectOf(event, WINDOWS, "windows"), 0, 99, {
    actor: user === undefined ? { app_name: event.provider || "Windows" } : { user },
  });
}
