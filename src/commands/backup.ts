/** `backup` and `restore`: a copy of the store, and a store made of it. */
import { basename, resolve } from "node:path";
import { systemClock } from "../model/ports.ts";
import { formatBytes } from "../model/units.ts";
import { writeAudit } from "../pipeline/persist/audit.ts";
import { backUp, restore, verifyBackup, type BackupSummary } from "../pipeline/persist/backup.ts";
import { Store } from "../pipeline/persist/store.ts";
import { UPKEEP_ENDPOINTS } from "../pipeline/serve/contract.ts";
import {
  configurationOf,
  localCaller,
  openServer,
  openStore,
  storeFolder,
  type InstallationOptions,
} from "./administration.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/**
 * @param folder new; with a server its last part names a folder among the server's backups
 * @returns the exit code
 */
export async function backup(
  terminal: Terminal,
  folder: string,
  options: InstallationOptions & { readonly verify?: boolean },
): Promise<number> {
  if (options.verify === true) {
    tell(terminal, "Whole", await verifyBackup(folder));
    return EXIT.done;
  }
  if (options.server !== undefined) {
    const ask = openServer(options.server, options.tokenFile);
    const made = await ask(UPKEEP_ENDPOINTS.backUp, { body: { name: basename(resolve(folder)) } });
    tell(terminal, "Backed up", made as BackupSummary);
    return EXIT.done;
  }
  const store = await openStore(options, configurationOf(options), false);
  try {
    const made = await backUp(store, folder, { product: VERSION, now: systemClock.now() });
    await record(store, "backup", made);
    tell(terminal, "Backed up", made);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** Makes a store of a backup, once all of it has been compared with its manifest. */
export async function restoreBackup(terminal: Terminal, folder: string, options: InstallationOptions): Promise<number> {
  const target = storeFolder(options, configurationOf(options));
  const made = await restore(folder, target);
  const store = await Store.open(target);
  try {
    await record(store, "restore", made);
  } finally {
    await store.close();
  }
  tell(terminal, "Restored", made);
  terminal.line(`The store is ${resolve(target)}, as it was ${new Date(made.created).toISOString()}.`);
  return EXIT.done;
}

async function record(store: Store, kind: string, { folder, files, bytes }: BackupSummary): Promise<void> {
  const { name, via, address } = localCaller();
  await writeAudit(
    store,
    { kind, origin: { actor: name, via, address }, details: { folder, files, bytes } },
    systemClock.now(),
  );
}

function tell(terminal: Terminal, verb: string, { folder, files, bytes, schema }: BackupSummary): void {
  terminal.line(`${verb}: ${folder}, ${files.toLocaleString("en")} files, ${formatBytes(bytes)}, schema ${schema}.`);
}
