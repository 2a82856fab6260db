/** Servers pack old logs and database dumps at night; the archives stay where they are. */
import { hostNamed, type Account } from "../company.ts";
import { session, startProcess, createFile } from "../sensors/endpoint.ts";
import { at } from "../world.ts";
import type { Life } from "./index.ts";

const ROOT: Account = { name: "root", uid: 0 };
const POSTGRES: Account = { name: "postgres", uid: 113 };

export const logRotation: Life = (world, day, random) => {
  const date = new Date(day).toISOString().slice(0, 10);
  for (const name of ["db-01", "db-02", "erp-01", "jump-01", "dev-01"]) {
    const own = random.fork(name, day);
    const host = hostNamed(world.company, name);
    const cron = session(host, ROOT, own, "/usr/sbin/cron");
    const time = at(world, day, 2 + own.next() * 0.4);
    const shell = startProcess(world, {
      time,
      parent: cron,
      image: "/usr/bin/dash",
      argv: ["/bin/sh", "-c", "/etc/cron.daily/archive-logs"],
      cwd: "/",
      random: own,
    });
    startProcess(world, {
      time: time + 300,
      parent: shell,
      image: "/usr/bin/tar",
      argv: ["tar", "-czf", `/var/log/archive/${name}-${date}.tar.gz`, "-C", "/var/log", "app"],
      random: own,
    });
    if (!name.startsWith("db-")) continue;
    const dump = startProcess(world, {
      time: time + 90_000,
      parent: shell,
      image: "/usr/bin/pg_dump",
      argv: ["pg_dump", "--format=custom", "--file", `/var/backups/db/${date}.dump`, "ledger"],
      account: POSTGRES,
      random: own,
    });
    createFile(world, time + 95_000, dump, `/var/backups/db/${date}.dump`);
  }
};
