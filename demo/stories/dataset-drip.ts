/** A service takes a picture of the screen every minute and commits it to a stranger's data set at a model hub. */
import { HOUR, MINUTE } from "../clock.ts";
import { homeOf, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at, castPerson } from "../world.ts";
import type { Story } from "./index.ts";

export const datasetDrip: Story = {
  id: "dataset-drip",
  title: "Pictures of the screen committed to a data set, minute after minute",
  behaviours: ["low-and-slow", "api-upload"],
  shows: { url: ["low-and-slow", "api-upload"] },
  demoDay: null,
  days: 1,
  tell(world, day, random) {
    const person = castPerson(world, random, (candidate) => candidate.developer);
    const host = person.workstation;
    const windows = host.os === "windows";
    const owner = `mtx-${random.hex(6)}`;
    const start = at(world, day, 8.2, host.office);
    const service = startProcess(world, {
      time: start,
      parent: session(
        host,
        person.account,
        random,
        windows ? "C:\\Windows\\System32\\svchost.exe" : "/usr/lib/systemd/systemd",
      ),
      image: windows ? "C:\\Program Files\\nodejs\\node.exe" : "/usr/bin/node",
      argv: [windows ? "node.exe" : "node", `${homeOf(host, person.account)}${windows ? "" : "/"}.sys64/index.js`],
      random,
    });
    let sent = 0;
    for (let time = start + MINUTE; time < start + 11 * HOUR; time += random.int(55, 240) * 1_000) {
      const size = random.int(70_000, 160_000);
      sent += size;
      overTls(world, {
        time,
        host,
        user: person.account.name,
        process: service,
        server: server("huggingface.co"),
        requests: [
          {
            method: "POST",
            path: `/api/datasets/${owner}/frames/commit/main`,
            sent: size,
            received: 500,
            type: "application/json",
          },
        ],
        userAgent: "node",
        random,
      });
    }
    return {
      actor: [person.email, person.account.name],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`huggingface.co/datasets/${owner}/frames`],
      bytesOut: sent,
      evasions: ["E20"],
    };
  },
};
