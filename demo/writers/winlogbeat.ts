/**
 * Windows events as Winlogbeat 8 writes them to a file: one JSON object a line, `winlog.event_data` with Windows' own
 * field names, times in UTC.
 *
 * @see https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog
 * @see https://learn.microsoft.com/en-us/sysinternals/downloads/sysmon
 */

export interface WindowsRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  /** Fully qualified name of the machine that logged it. */
  readonly computer: string;
  readonly channel: "Microsoft-Windows-Sysmon/Operational" | "Security";
  readonly eventId: number;
  readonly data: Readonly<Record<string, string>>;
}

const SYSMON_TASKS: Readonly<Record<number, string>> = {
  1: "Process Create (rule: ProcessCreate)",
  3: "Network connection detected (rule: NetworkConnect)",
  11: "File created (rule: FileCreate)",
  22: "Dns query (rule: DnsQuery)",
};

const SECURITY_TASKS: Readonly<Record<number, { task: string; message: string; version: number }>> = {
  4663: { task: "File System", message: "An attempt was made to access an object.", version: 1 },
  4688: { task: "Process Creation", message: "A new process has been created.", version: 2 },
};

const SYSMON_VERSIONS: Readonly<Record<number, number>> = { 1: 5, 3: 5, 11: 2, 22: 5 };

/**
 * @param recordId the machine's running number for the channel
 * @param withMessage false leaves out the rendered text, as installations that drop `message` do
 */
export function winlogbeatLine(record: WindowsRecord, recordId: number, withMessage = true): string {
  const sysmon = record.channel !== "Security";
  const task = sysmon ? (SYSMON_TASKS[record.eventId] ?? "") : (SECURITY_TASKS[record.eventId]?.task ?? "");
  const time = new Date(record.time).toISOString();
  const name = record.computer.split(".", 1)[0] ?? record.computer;
  const code = String(record.eventId);
  const provider = sysmon ? "Microsoft-Windows-Sysmon" : "Microsoft-Windows-Security-Auditing";
  return JSON.stringify({
    "@timestamp": time,
    "@metadata": { beat: "winlogbeat", type: "_doc", version: "8.17.4" },
    ...(withMessage ? { message: message(record, task) } : {}),
    winlog: {
      api: "wineventlog",
      channel: record.channel,
      computer_name: record.computer,
      event_data: record.data,
      event_id: code,
      ...(sysmon ? {} : { keywords: ["Audit Success"] }),
      opcode: "Info",
      process: sysmon ? { pid: 3184, thread: { id: 4712 } } : { pid: 4, thread: { id: 8120 } },
      provider_guid: sysmon ? "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}" : "{54849625-5478-4994-a5ba-3e3b0328c30d}",
      provider_name: provider,
      record_id: String(recordId),
      task,
      ...(sysmon ? { user: { domain: "NT AUTHORITY", identifier: "S-1-5-18", name: "SYSTEM", type: "User" } } : {}),
      version: sysmon ? (SYSMON_VERSIONS[record.eventId] ?? 5) : (SECURITY_TASKS[record.eventId]?.version ?? 1),
    },
    event: {
      ...(sysmon ? { action: task } : { action: task, outcome: "success" }),
      code,
      created: new Date(record.time + 1_183).toISOString(),
      kind: "event",
      provider,
    },
    log: { level: "information" },
    host: { name: record.computer },
    agent: {
      ephemeral_id: agentId(name, 1),
      id: agentId(name, 2),
      name: name.toUpperCase(),
      type: "winlogbeat",
      version: "8.17.4",
    },
    ecs: { version: "8.0.0" },
  });
}

function message(record: WindowsRecord, task: string): string {
  const lines = Object.entries(record.data).map(([field, value]) => `${field}: ${value}`);
  const title =
    record.channel === "Security"
      ? (SECURITY_TASKS[record.eventId]?.message ?? task)
      : `${task.split(" (", 1)[0] ?? task}:`;
  return [title, ...lines].join("\n");
}

/** A stable identifier for the agent on one machine. */
function agentId(name: string, salt: number): string {
  let state = salt * 2_654_435_761;
  let digits = "";
  for (let round = 0; digits.length < 32; round++) {
    state = Math.imul(state ^ (name.charCodeAt(round % name.length) + round), 2_246_822_519) >>> 0;
    digits += state.toString(16).padStart(8, "0");
  }
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
