import { windowsHeader } from "../decoders/windows-event.ts";
import { defineMap } from "../define-map.ts";
import { isOtherChannel, WINDOWS } from "../endpoint/windows-channels.ts";
import { openWindowsReader, standsAlone } from "../endpoint/windows-reader.ts";

/** The beginning of an export, or of an event whose header stands on the lines below. */
const OPENING =
  /^[\s-]*(?:<\?xml[^>]{0,200}\?>\s*)?<Events?(?:\s+xmlns\s*=\s*["']http:\/\/schemas\.microsoft\.com\/win\/2004\/08\/events\/event["'])?\s*>/;
const CLOSING = /^\s*<\/Events>\s*$/;
const HEADING = /^Record \d{1,12}\s{0,3}$/;
/** On a line of its own: any XML begins so, but no other source is XML. */
const DECLARATION = /^\s*<\?xml[^>]{0,200}\?>\s*$/;

export default defineMap({
  id: "windows-eventlog",
  title:
    "Windows event log, channels without a map of their own, and XML exports that mix channels or spread over lines",
  product: WINDOWS,
  reference: "https://learn.microsoft.com/windows/win32/wes/eventschema-schema",
  lane: "endpoint",
  exporting:
    "Any channel as event XML or JSON: winlogbeat, Elastic Agent, NXLog, Wazuh and Windows event forwarding " +
    "are read, as are Log Analytics, `wevtutil qe … /f:xml`, and `.evtx` files converted to JSON or XML " +
    "(`evtx_dump`).",
  limits: [
    "Events of channels without a map of their own keep their fields under their own names: only public rules for those names read them.",
  ],

  recognise(record) {
    const header = windowsHeader(record);
    if (header !== null) return isOtherChannel(header) ? 0.9 : 0;
    if (record.json !== null) return 0;
    const head = record.body.slice(0, 512);
    // what `evtx_dump` writes above each event
    if (!head.includes("<")) return HEADING.test(head) ? 0.6 : 0;
    return OPENING.test(head) || CLOSING.test(head) ? 0.9 : DECLARATION.test(head) ? 0.5 : 0;
  },

  standsAlone,
  open: openWindowsReader,
});
