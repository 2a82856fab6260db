/** A spreadsheet's macro uploads the workbook's data to the API of a code host. */
import { SECOND } from "../clock.ts";
import { openProgram } from "../actions/browse.ts";
import { overTls } from "../sensors/network.ts";
import { readFile } from "../sensors/endpoint.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const unexpectedApplication: Story = {
  id: "unexpected-application",
  title: "Spreadsheet program uploads to a code host",
  behaviours: ["unexpected-application", "api-upload"],
  shows: {
    url: ["api-upload"],
    "sni+flow": ["volume-anomaly"],
    endpoint: ["unexpected-application"],
  },
  hostOnly: ["endpoint"],
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) => !candidate.developer && candidate.workstation.endpointLog === "sysmon",
    );
    const host = person.workstation;
    const owner = `sheet-${random.hex(5)}`;
    const workbook = `C:\\Users\\${person.account.name}\\Documents\\price-list.xlsm`;
    const time = at(world, day, 14.1);
    const excel = openProgram(
      world,
      time,
      host,
      person,
      "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
      workbook,
      random,
    );
    readFile(world, time + 900, excel, workbook);
    let sent = 0;
    for (let part = 0; part < 4; part++) {
      const size = random.int(3_800_000, 5_200_000);
      sent += size;
      overTls(world, {
        time: time + 9 * SECOND + part * 4 * SECOND,
        host,
        user: person.account.name,
        process: excel,
        server: server("api.github.com"),
        requests: [
          {
            method: "PUT",
            path: `/repos/${owner}/cells/contents/${part}.dat`,
            status: 201,
            sent: size,
            received: 1_700,
            type: "application/json",
          },
        ],
        userAgent: "Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)",
        random,
      });
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/cells`],
      bytesOut: sent,
    };
  },
};
