/** Over days a hidden script puts a small file into a stranger's repository every half hour. */
import { DAY, MINUTE } from "../clock.ts";
import { session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const lowAndSlow: Story = {
  id: "low-and-slow",
  title: "Small files put into a repository day and night",
  behaviours: ["low-and-slow", "api-upload"],
  shows: {
    url: ["low-and-slow", "api-upload"],
    sni: ["low-and-slow"],
    flow: ["low-and-slow"],
    dns: ["low-and-slow"],
    endpoint: ["low-and-slow"],
  },
  hostOnly: ["endpoint"],
  demoDay: null,
  days: 4,
  tell(world, day, random) {
    const person = castPerson(
      world,
      random,
      (candidate) =>
        !candidate.developer &&
        (world.book.lanes?.has("endpoint") !== true || candidate.workstation.endpointLog === "sysmon"),
      (candidate) => candidate.workstation.egress === "inspected",
    );
    const host = person.workstation;
    const owner = `media-${random.hex(5)}`;
    let sent = 0;
    for (let time = at(world, day, 10); time < at(world, day + 3 * DAY, 20); time += random.int(24, 38) * MINUTE) {
      const size = random.int(60_000, 190_000);
      sent += size;
      const script = startProcess(world, {
        time,
        parent: session(host, person.account, random, "C:\\Windows\\System32\\taskeng.exe"),
        image: "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        argv: [
          "powershell.exe",
          "-WindowStyle",
          "Hidden",
          "-File",
          `C:\\Users\\${person.account.name}\\AppData\\Roaming\\upd.ps1`,
        ],
        random,
      });
      overTls(world, {
        time: time + 700,
        host,
        user: person.account.name,
        process: script,
        server: server("api.github.com"),
        requests: [
          {
            method: "PUT",
            path: `/repos/${owner}/thumbs/contents/${host.name}/${random.hex(10)}.png`,
            status: 201,
            sent: size,
            received: 1_800,
            type: "application/json",
          },
        ],
        userAgent: "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.3624",
        random,
      });
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/thumbs`],
      bytesOut: sent,
    };
  },
};
