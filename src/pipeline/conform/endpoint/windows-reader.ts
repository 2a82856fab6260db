/** The record reader that all maps of Windows event logs share: an export or a forwarder mixes channels. */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { WindowsEventLines, type ReadEvent } from "../decoders/windows-event-lines.ts";
import type { DecodedRecord, RecordReader } from "../define-map.ts";
import { conformWindowsEvent } from "./windows-channels.ts";

export function openWindowsReader(): RecordReader {
  const lines = new WindowsEventLines();
  return {
    push: (record) => activities(lines.push(record)),
    claims: (record) => lines.continues(record),
    flush: () => activities(lines.flush()),
  };
}

/** JSON and whole events need no neighbours; only an event that spans lines does. */
export function standsAlone(record: DecodedRecord): boolean {
  return record.json !== null || record.body.includes("</Event>");
}

/** A broken event costs only itself, not those that come complete with it. */
function activities(
  events: readonly (ReadEvent | MalformedInputError)[],
): readonly (OcsfEvent | MalformedInputError)[] {
  const out: (OcsfEvent | MalformedInputError)[] = [];
  for (const read of events) {
    if (read instanceof MalformedInputError) {
      out.push(read);
      continue;
    }
    try {
      const activity = conformWindowsEvent(read.event);
      if (activity === null) continue;
      if (read.raw !== null) activity.raw_data = read.raw;
      out.push(activity);
    } catch (error) {
      if (!(error instanceof MalformedInputError)) throw error;
      out.push(error);
    }
  }
  return out;
}
