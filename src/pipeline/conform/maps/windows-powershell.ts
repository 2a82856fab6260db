import { windowsHeader } from "../decoders/windows-event.ts";
import { defineMap } from "../define-map.ts";
import { isPowerShell, POWERSHELL } from "../endpoint/windows-channels.ts";
import { openWindowsReader, standsAlone } from "../endpoint/windows-reader.ts";

export default defineMap({
  id: "windows-powershell",
  title: "PowerShell script block and module logging (4104, 4103), in every spelling of the Windows event log",
  product: POWERSHELL,
  reference: "https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_logging_windows",
  lane: "endpoint",
  exporting:
    "Group policy 'Turn on PowerShell Script Block Logging' and module logging; channel " +
    "Microsoft-Windows-PowerShell/Operational. winlogbeat, Elastic Agent, NXLog, Wazuh and Windows event " +
    "forwarding are read, as are Log Analytics, `wevtutil qe … /f:xml`, and `.evtx` files converted to JSON " +
    "or XML (`evtx_dump`).",
  limits: [
    "Script block logging is off by default: only suspicious blocks are logged then.",
    "A long script comes in several events.",
    "It tells what was run, not whether it succeeded or how much it sent.",
  ],

  recognise(record) {
    const header = windowsHeader(record);
    return header !== null && isPowerShell(header) ? 1 : 0;
  },

  standsAlone,
  open: openWindowsReader,
});
