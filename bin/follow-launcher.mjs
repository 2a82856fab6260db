/**
 * Loaded into a process that a launcher started: ends it at once when the launcher is gone, so that a store is not held by a program
 * nobody waits for. Watches from a thread, because the program itself may be busy.
 */
import { Socket } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const DESCRIPTOR = 3;

if (isMainThread && process.env.SALLYPORT_LAUNCHER !== undefined) {
  // Not for the programs this one starts: they have another parent and no such descriptor.
  delete process.env.SALLYPORT_LAUNCHER;
  new Worker(new URL(import.meta.url), { workerData: "follow-launcher", execArgv: [] }).unref();
} else if (workerData === "follow-launcher") {
  const kill = () => process.kill(process.pid, "SIGKILL");
  // A socket, not a file: a read that waits in a file would keep the process from ending by itself.
  new Socket({ fd: DESCRIPTOR, readable: true, writable: false }).on("end", kill).on("error", kill).resume();
}
