import { windowsHeader } from "../decoders/windows-event.ts";
import { defineMap } from "../define-map.ts";
import { isSysmon, SYSMON } from "../endpoint/windows-channels.ts";
import { openWindowsReader, standsAlone } from "../endpoint/windows-reader.ts";

export default defineMap({
  id: "windows-sysmon",
  title: "Sysmon for Windows: event XML, winlogbeat and Elastic Agent, NXLog, evtx tools, Wazuh, Log Analytics",
  product: SYSMON,
  reference: "https://learn.microsoft.com/sysinternals/downloads/sysmon#events",
  lane: "endpoint",
  exporting:
    "Install Sysmon with a configuration that records network connections (3), file creation (11) and DNS " +
    "(22); channel Microsoft-Windows-Sysmon/Operational. winlogbeat, Elastic Agent, NXLog, Wazuh and Windows " +
    "event forwarding are read, as are Log Analytics, `wevtutil qe … /f:xml`, and `.evtx` files converted to " +
    "JSON or XML (`evtx_dump`).",
  limits: [
    "Sysmon counts no bytes: how much a process sent is not known here.",
    "The host name of a connection is a reverse look-up, not the name the program asked for; the DNS events tell that.",
    "Network and DNS events exist only where the Sysmon configuration asks for them.",
  ],

  recognise(record) {
    const header = windowsHeader(record);
    return header !== null && isSysmon(header) ? 1 : 0;
  },

  standsAlone,
  open: openWindowsReader,
});
