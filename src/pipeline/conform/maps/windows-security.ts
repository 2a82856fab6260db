import { windowsHeader } from "../decoders/windows-event.ts";
import { defineMap } from "../define-map.ts";
import { isSecurity, WINDOWS } from "../endpoint/windows-channels.ts";
import { openWindowsReader, standsAlone } from "../endpoint/windows-reader.ts";

export default defineMap({
  id: "windows-security",
  title: "Windows Security log: event XML, winlogbeat and Elastic Agent, NXLog, evtx tools, Wazuh, Log Analytics",
  product: WINDOWS,
  reference: "https://learn.microsoft.com/windows/security/threat-protection/auditing/security-auditing-overview",
  lane: "endpoint",
  exporting:
    "Audit policy: process creation (with command lines), logon, and object access for sensitive folders. " +
    "winlogbeat, Elastic Agent, NXLog, Wazuh and Windows event forwarding are read, as are Log Analytics, " +
    "`wevtutil qe … /f:xml`, and `.evtx` files converted to JSON or XML (`evtx_dump`).",
  limits: [
    "Security events count no bytes: how much of a file was read or sent is not known here.",
    "Command lines are there only where the policy for event 4688 includes them.",
    "File access is there only for files whose audit settings ask for it.",
  ],

  recognise(record) {
    const header = windowsHeader(record);
    return header !== null && isSecurity(header) ? 1 : 0;
  },

  standsAlone,
  open: openWindowsReader,
});
