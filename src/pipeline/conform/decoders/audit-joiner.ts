/**
 * Joins the records of audit events, which come on lines of their own and interleaved. An event is complete at its EOE
 * record, when enough later events of the same machine have begun, when that machine's clock is past it, or at the end.
 */
import type { AuditRecord } from "./auditd.ts";

/** Events of one machine that may be open at a time. */
const MAX_OPEN = 32;
/** ms of event time after which no further record of an event is waited for. */
const MAX_AGE = 2_000;
/** Machines with open events; the one that was silent longest is given up first. */
const MAX_HOSTS = 4_096;
/** Records of one event; a command line of 2 MiB comes in some 300. */
const MAX_RECORDS = 1_024;

/** All records of one event, each once, with the lines they came in. */
export interface JoinedRecords {
  readonly host: string | undefined;
  readonly records: readonly AuditRecord[];
  readonly lines: readonly string[];
}

interface OpenEvent {
  readonly host: string | undefined;
  readonly time: number;
  readonly records: AuditRecord[];
  readonly lines: string[];
}

export class AuditJoiner {
  /** Open events by machine and by event id, both in the order they began. */
  readonly #hosts = new Map<string, Map<string, OpenEvent>>();

  /** @returns the events complete with this record, oldest first */
  push(record: AuditRecord, host: string | undefined, line: string): JoinedRecords[] {
    const open = this.#openEvents(host ?? "");
    const complete: JoinedRecords[] = this.#hosts.size > MAX_HOSTS ? this.#giveUpHost() : [];
    if (standsAlone(record.type)) return [...complete, { host, records: [record], lines: [line] }];
    let event = open.get(record.id);
    if (event === undefined) {
      if (record.type === "EOE") return complete;
      event = { host, time: record.time, records: [], lines: [] };
      open.set(record.id, event);
      this.#expire(open, record.time, complete);
    }
    if (record.type === "EOE") {
      open.delete(record.id);
      complete.push(event);
    } else if (event.records.length < MAX_RECORDS && !event.lines.includes(line)) {
      event.records.push(record);
      event.lines.push(line);
    }
    return complete;
  }

  /** What is still open, at the end of the stream. */
  flush(): JoinedRecords[] {
    const open = [...this.#hosts.values()].flatMap((events) => [...events.values()]);
    this.#hosts.clear();
    return open;
  }

  #openEvents(host: string): Map<string, OpenEvent> {
    let open = this.#hosts.get(host);
    if (open === undefined) this.#hosts.set(host, (open = new Map()));
    return open;
  }

  #expire(open: Map<string, OpenEvent>, now: number, complete: JoinedRecords[]): void {
    for (const [id, event] of open) {
      if (open.size <= MAX_OPEN && event.time >= now - MAX_AGE) return;
      open.delete(id);
      complete.push(event);
    }
  }

  #giveUpHost(): JoinedRecords[] {
    for (const [host, open] of this.#hosts) {
      this.#hosts.delete(host);
      return [...open.values()];
    }
    return [];
  }
}

/** Messages of user-space programs are one record; records of system calls are several. */
export function standsAlone(type: string): boolean {
  return (
    type.startsWith("USER_") ||
    type.startsWith("DAEMON_") ||
    type.startsWith("CRED_") ||
    type.startsWith("SERVICE_") ||
    type === "LOGIN"
  );
}
