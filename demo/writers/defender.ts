/**
 * Rows of Defender's advanced hunting tables as the streaming API delivers them to an Event Hub, one record a line.
 *
 * @see https://learn.microsoft.com/defender-xdr/advanced-hunting-deviceprocessevents-table
 * @see https://learn.microsoft.com/defender-xdr/streaming-api-event-hub
 */

export interface DefenderProcess {
  readonly pid: number;
  readonly image: string;
  readonly commandLine: string;
}

export interface DefenderRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly deviceId: string;
  /** Fully qualified name of the machine. */
  readonly device: string;
  readonly account: {
    readonly name: string;
    readonly domain: string;
    readonly sid: string;
    readonly upn: string | null;
  };
  /** The process that acts; for a launch the one that starts it. */
  readonly initiating: DefenderProcess;
  readonly initiatingParent: { readonly pid: number; readonly file: string } | null;
  readonly event:
    | { readonly kind: "launch"; readonly process: DefenderProcess; readonly originalName: string }
    | {
        readonly kind: "connection";
        readonly ip: string;
        readonly port: number;
        readonly url: string;
        readonly from: string;
      }
    | { readonly kind: "file"; readonly path: string };
}

const TABLES = { launch: "DeviceProcessEvents", connection: "DeviceNetworkEvents", file: "DeviceFileEvents" } as const;

/** @param report the device's running number of the record */
export function defenderLine(record: DefenderRecord, report: number): string {
  const stamp = `${new Date(record.time).toISOString().slice(0, 23)}0000Z`;
  const { account, initiating } = record;
  return JSON.stringify({
    time: stamp,
    tenantId: "5f0c7a3e-88b1-4c1e-9e5a-3d1f6a2b7c90",
    operationName: "Publish",
    category: `AdvancedHunting-${TABLES[record.event.kind]}`,
    properties: {
      DeviceId: record.deviceId,
      DeviceName: record.device,
      Timestamp: stamp,
      ReportId: report,
      InitiatingProcessAccountDomain: account.domain.toLowerCase(),
      InitiatingProcessAccountName: account.name,
      InitiatingProcessAccountSid: account.sid,
      InitiatingProcessAccountUpn: account.upn,
      InitiatingProcessFileName: fileName(initiating.image),
      InitiatingProcessFolderPath: initiating.image.toLowerCase(),
      InitiatingProcessId: initiating.pid,
      InitiatingProcessCommandLine: initiating.commandLine,
      InitiatingProcessParentId: record.initiatingParent?.pid ?? 0,
      InitiatingProcessParentFileName: record.initiatingParent?.file ?? "",
      ...columns(record),
    },
  });
}

function columns({ event, account }: DefenderRecord): Record<string, unknown> {
  if (event.kind === "launch")
    return {
      ActionType: "ProcessCreated",
      FileName: fileName(event.process.image),
      FolderPath: event.process.image,
      ProcessId: event.process.pid,
      ProcessCommandLine: event.process.commandLine,
      ProcessIntegrityLevel: "Medium",
      ProcessVersionInfoOriginalFileName: event.originalName,
      AccountDomain: account.domain.toLowerCase(),
      AccountName: account.name,
      AccountSid: account.sid,
      AccountUpn: account.upn,
    };
  if (event.kind === "connection")
    return {
      ActionType: "ConnectionSuccess",
      LocalIP: event.from,
      RemoteIP: event.ip,
      RemotePort: event.port,
      RemoteUrl: event.url,
      Protocol: "Tcp",
    };
  return { ActionType: "FileCreated", FileName: fileName(event.path), FolderPath: event.path };
}

function fileName(path: string): string {
  return path.split("\\").at(-1) ?? path;
}
