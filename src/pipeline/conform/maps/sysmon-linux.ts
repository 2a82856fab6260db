import { windowsHeader } from "../decoders/windows-event.ts";
import { defineMap } from "../define-map.ts";
import { isLinuxSysmon, LINUX_SYSMON } from "../endpoint/windows-channels.ts";
import { openWindowsReader, standsAlone } from "../endpoint/windows-reader.ts";

export default defineMap({
  id: "sysmon-linux",
  title: "Sysmon for Linux: event XML in syslog or the journal",
  product: LINUX_SYSMON,
  reference: "https://github.com/microsoft/SysmonForLinux",
  lane: "endpoint",
  exporting:
    "`sysmon -i config.xml` with ProcessCreate, NetworkConnect and FileCreate; events go to syslog or the " +
    "journal, whose lines are read as they are.",
  limits: [
    "Sysmon counts no bytes: how much a process sent is not known here.",
    "It knows creation and deletion of files, not reading them.",
    "It has no DNS events, and a connection is an address without a name.",
  ],

  recognise(record) {
    const header = windowsHeader(record);
    return header !== null && isLinuxSysmon(header) ? 1 : 0;
  },

  standsAlone,
  open: openWindowsReader,
});
