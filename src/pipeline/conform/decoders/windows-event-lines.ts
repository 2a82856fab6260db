/**
 * Lines -> Windows events, where an event may span lines (values of EventData hold line breaks, viewers indent) and a
 * line may hold many events (exports of the event viewer).
 */
import { MalformedInputError } from "../../../model/errors.ts";
import type { DecodedRecord } from "../define-map.ts";
import { readEventText, readWindowsEvent, type WindowsEvent } from "./windows-event.ts";

/** An event that is longer is damaged: its end was lost. */
const MAX_LINES = 2_000;
const MAX_LENGTH = 1_048_576;
const START = /<Event[\s>]/;
const END = "</Event>";
/** What stands between events in a file: the list around them, declarations, the headings of evtx tools. */
const BETWEEN = /^[\s-]*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<\/?Events[^>]{0,200}>\s*)*(?:Record \d{1,12})?\s*$/;

/** What never stands within an event: a declaration, the list around events, the heading that `evtx_dump` writes above each. */
const OUTSIDE = /^\s{0,64}(?:<\?xml\s|<\/?Events[\s>]|Record \d{1,12}\s{0,3}$)/;

function isNew(head: string): boolean {
  return START.test(head) || OUTSIDE.test(head);
}

export interface ReadEvent {
  readonly event: WindowsEvent;
  /** The event's own text where it is not the line it came with; null when it is. */
  readonly raw: string | null;
}

export class WindowsEventLines {
  private pending: string[] = [];
  private pendingLength = 0;

  /** Whether the line continues an event that an earlier line began. */
  continues(record: DecodedRecord): boolean {
    return (
      this.pending.length > 0 && record.syslog === null && record.json === null && !isNew(record.body.slice(0, 96))
    );
  }

  /**
   * Events complete with this line; an error in the place of one that is broken or lost its end.
   *
   * @throws {MalformedInputError} when the line is no Windows event
   */
  push(record: DecodedRecord): readonly (ReadEvent | MalformedInputError)[] {
    if (this.pending.length === 0) return this.read(record, false);
    if (this.continues(record)) return this.append(record.line);
    const lost = this.abandon();
    try {
      return [lost, ...this.read(record, true)];
    } catch (error) {
      if (error instanceof MalformedInputError) return [lost, error];
      throw error;
    }
  }

  /** An error when the last event lost its end. */
  flush(): readonly MalformedInputError[] {
    return this.pending.length > 0 ? [this.abandon()] : [];
  }

  private read(record: DecodedRecord, keepRaw: boolean): readonly (ReadEvent | MalformedInputError)[] {
    const { body } = record;
    if (record.json !== null) {
      const event = readWindowsEvent(record);
      if (event === null) throw new MalformedInputError("no Windows event");
      return [{ event, raw: keepRaw ? record.line : null }];
    }
    const start = START.exec(body);
    if (start === null) {
      if (BETWEEN.test(body.slice(0, 512))) return [];
      throw new MalformedInputError("no Windows event");
    }
    const end = body.indexOf(END, start.index);
    if (end === -1) return this.begin(body.slice(start.index));
    if (body.indexOf("<Event", end + END.length) === -1)
      return [{ event: readEventText(body.slice(start.index, end + END.length)), raw: keepRaw ? record.line : null }];
    return this.readMany(body.slice(start.index));
  }

  /** A damaged event costs only itself. */
  private readMany(text: string): readonly (ReadEvent | MalformedInputError)[] {
    const events: (ReadEvent | MalformedInputError)[] = [];
    let from = 0;
    for (let end = text.indexOf(END); end !== -1; end = text.indexOf(END, from)) {
      const raw = text.slice(from, end + END.length).trimStart();
      from = end + END.length;
      try {
        events.push({ event: readEventText(raw), raw });
      } catch (error) {
        if (!(error instanceof MalformedInputError)) throw error;
        events.push(error);
      }
    }
    const rest = text.slice(from);
    if (START.test(rest.slice(0, 64))) this.begin(rest.trimStart());
    return events;
  }

  private begin(text: string): readonly ReadEvent[] {
    this.pending = [text];
    this.pendingLength = text.length;
    return [];
  }

  private append(line: string): readonly (ReadEvent | MalformedInputError)[] {
    this.pending.push(line);
    this.pendingLength += line.length;
    if (line.includes(END)) {
      const text = this.pending.join("\n");
      this.pending = [];
      return this.readMany(text);
    }
    return this.pending.length > MAX_LINES || this.pendingLength > MAX_LENGTH ? [this.abandon()] : [];
  }

  private abandon(): MalformedInputError {
    this.pending = [];
    return new MalformedInputError("a Windows event without its end");
  }
}
