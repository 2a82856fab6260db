/** Syslog over UDP: best effort. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { SourceHealth, SourcePorts } from "../intake.ts";
import { HealthBook, noteGap } from "./health.ts";
import { LineGatherer } from "./line-gatherer.ts";
import { type Address, listenError, parseAddress } from "./listen.ts";
import type { SyslogSource, SyslogSourceOptions } from "./syslog.ts";

/** Senders beyond these share one stream: addresses of datagrams can be made up by the million. */
const MAX_PEERS = 1_000;
const KERNEL_BUFFER_BYTES = 8 << 20;
const DRAIN_MS = 8_000;
/** So long after the last message that was dropped nothing is missing any more. */
const CALM_MS = 1_000;

export class SyslogDatagrams implements SyslogSource {
  readonly id: string;
  address: Address | null = null;
  readonly #options: SyslogSourceOptions;
  readonly #ports: SourcePorts;
  readonly #health = new HealthBook();
  readonly #stopping = new AbortController();
  /** By address, the one that was silent longest first. */
  readonly #peers = new Map<string, LineGatherer>();
  #socket: Socket | null = null;
  #heldBytes = 0;
  /** When datagrams began to be dropped; null: they are not. */
  #droppingSince: number | null = null;
  /** When one last was. */
  #droppedAt = 0;
  #droppedBefore = 0;

  constructor(options: SyslogSourceOptions, ports: SourcePorts) {
    this.id = options.id;
    this.#options = options;
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const address = parseAddress(this.#options.listen);
    const socket = createSocket({ type: isIPv6(address.host) ? "udp6" : "udp4" });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (cause) => reject(listenError(address, cause)));
      socket.bind(address.port, address.host, resolve);
    });
    socket.on("error", (error) => this.#ports.log("error", `${this.id}: ${error.message}`));
    try {
      socket.setRecvBufferSize(KERNEL_BUFFER_BYTES);
    } catch {
      this.#ports.log("info", `${this.id}: the kernel keeps its smaller receive buffer`);
    }
    socket.on("message", (message, peer) => this.#take(message, peer));
    const { address: host, port } = socket.address();
    this.address = { host, port };
    this.#socket = socket;
    this.#health.state = "running";
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) await new Promise<void>((resolve) => void socket.close(() => resolve()));
    const timer = setTimeout(() => this.#stopping.abort(), DRAIN_MS);
    await Promise.all([...this.#peers.values()].map((gatherer) => gatherer.settled()));
    clearTimeout(timer);
    this.#stopping.abort();
    this.#endDropping();
    this.#health.state = "stopped";
  }

  /** `dropped` counts what was dropped here: what the kernel dropped before is not known, so it is a lower bound. */
  health(): SourceHealth {
    return this.#health.report();
  }

  #take(message: Buffer, { address }: RemoteInfo): void {
    let end = message.length;
    while (end > 0 && (message[end - 1] === 0x0a || message[end - 1] === 0x0d || message[end - 1] === 0)) end -= 1;
    if (end === 0) return;
    if (this.#heldBytes > (this.#options.maxHeldBytes ?? 16 << 20)) return this.#drop();
    // Where there is room now and then it is one gap all the same.
    if (this.#droppingSince !== null && this.#ports.now() - this.#droppedAt >= CALM_MS) this.#endDropping();
    const line = Buffer.allocUnsafe(end + 1);
    message.copy(line, 0, 0, end);
    for (let at = line.indexOf(0x0a); at !== -1 && at < end; at = line.indexOf(0x0a, at + 1)) line[at] = 0x20;
    line[end] = 0x0a;
    this.#heldBytes += line.length;
    this.#gathererOf(address).add(line, 1);
  }

  #drop(): void {
    this.#droppedAt = this.#ports.now();
    if (this.#droppingSince === null) {
      this.#droppingSince = this.#ports.now();
      this.#droppedBefore = this.#health.dropped;
      this.#health.setProblem("busy", "messages are dropped: the store cannot follow");
    }
    this.#health.dropped += 1;
  }

  #endDropping(): void {
    if (this.#droppingSince === null) return;
    const dropped = this.#health.dropped - this.#droppedBefore;
    const { source = "auto" } = this.#options;
    noteGap(this.#ports, this.#health, {
      collector: this.id,
      source: source === "auto" ? "" : source,
      from: this.#droppingSince,
      until: this.#ports.now(),
      reason: `${dropped} messages or more dropped: the store could not follow`,
    });
    this.#health.setProblem("busy", null);
    this.#droppingSince = null;
  }

  #gathererOf(address: string): LineGatherer {
    const known = this.#peers.get(address);
    if (known !== undefined) {
      this.#peers.delete(address);
      this.#peers.set(address, known);
      return known;
    }
    if (this.#peers.size >= MAX_PEERS) {
      const [oldest, gatherer] = this.#peers.entries().next().value!;
      if (gatherer.isEmpty) this.#peers.delete(oldest);
      else if (address !== "others") return this.#gathererOf("others");
    }
    const { source = "auto" } = this.#options;
    const gatherer = new LineGatherer({
      stream: `${this.id}:${address}`,
      source,
      ports: this.#ports,
      health: this.#health,
      signal: this.#stopping.signal,
      maxHeldBytes: Number.POSITIVE_INFINITY,
      onRoom: (bytes) => {
        this.#heldBytes -= bytes;
      },
    });
    this.#peers.set(address, gatherer);
    return gatherer;
  }
}
