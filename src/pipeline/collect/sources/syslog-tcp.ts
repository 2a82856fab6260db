/** Syslog over TCP and TLS. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { SourceHealth, SourcePorts } from "../intake.ts";
import { HealthBook } from "./health.ts";
import { LineGatherer } from "./line-gatherer.ts";
import { type Address, formatAddress, listenOn, parseAddress, readTls } from "./listen.ts";
import { SyslogFraming, type TooLong } from "./syslog-framing.ts";
import type { SyslogSource, SyslogSourceOptions } from "./syslog.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How long what was received may take to be stored when the source stops. */
const DRAIN_MS = 8_000;
const TOO_LONG = "a message over 1 MiB";

export class SyslogStreamServer implements SyslogSource {
  readonly id: string;
  address: Address | null = null;
  readonly #options: SyslogSourceOptions;
  readonly #ports: SourcePorts;
  readonly #health = new HealthBook();
  readonly #stopping = new AbortController();
  readonly #connections = new Set<Connection>();
  /** Raw sockets, those amid a TLS handshake too. */
  readonly #sockets = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  #server: Server | null = null;

  constructor(options: SyslogSourceOptions, ports: SourcePorts) {
    this.id = options.id;
    this.#options = options;
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { tls, listen } = this.#options;
    const server =
      tls === undefined ? createServer() : createTlsServer({ ...readTls(tls), handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
    server.on("connection", (socket: Socket) => {
      this.#admit(socket);
      if (tls === undefined) this.#accept(socket);
    });
    server.on("secureConnection", (socket: Socket) => this.#accept(socket));
    server.on("tlsClientError", () => {
      this.#health.dropped += 1;
    });
    server.maxConnections = this.#options.maxConnections ?? 1_000;
    server.on("drop", () => this.#refuse("connections"));
    this.address = await listenOn(server, parseAddress(listen));
    server.on("error", (error) => this.#ports.log("error", `${this.id}: ${error.message}`));
    this.#server = server;
    this.#health.state = "running";
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = server === null ? null : new Promise((resolve) => server.close(resolve));
    const timer = setTimeout(() => this.#stopping.abort(), DRAIN_MS);
    await Promise.all([...this.#connections].map((connection) => connection.finish()));
    clearTimeout(timer);
    this.#stopping.abort();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#health.state = "stopped";
  }

  health(): SourceHealth {
    return this.#health.report();
  }

  #admit(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    const peer = socket.remoteAddress ?? "unknown";
    const count = (this.#perAddress.get(peer) ?? 0) + 1;
    if (count > (this.#options.maxConnectionsPerAddress ?? 100)) {
      socket.destroy();
      return this.#refuse(`connections from ${peer}`);
    }
    this.#perAddress.set(peer, count);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      const left = (this.#perAddress.get(peer) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(peer);
      else this.#perAddress.set(peer, left);
    });
  }

  #refuse(what: string): void {
    this.#health.dropped += 1;
    this.#ports.log("warn", `${this.id}: too many ${what}: one was closed`);
  }

  #accept(socket: Socket): void {
    if (socket.destroyed || this.#server === null) return void socket.destroy();
    const peer = formatAddress({ host: socket.remoteAddress ?? "unknown", port: socket.remotePort ?? 0 });
    const stream = `${this.id}:${peer}`;
    const {
      source = "auto",
      maxHeldBytes = 1 << 20,
      idleTimeoutMs = 900_000,
      messageTimeoutMs = 30_000,
    } = this.#options;
    const connection = new Connection(socket, {
      gather: (onRoom) =>
        new LineGatherer({
          stream,
          source,
          ports: this.#ports,
          health: this.#health,
          signal: this.#stopping.signal,
          maxHeldBytes,
          onRoom,
        }),
      onTooLong: ({ line, excerpt }) => {
        this.#health.dropped += 1;
        this.#ports.intake.reject({ stream, line, reason: TOO_LONG, excerpt, received: this.#ports.now() });
      },
      idleTimeoutMs,
      messageTimeoutMs,
    });
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }
}

interface ConnectionOptions {
  readonly gather: (onRoom: () => void) => LineGatherer;
  readonly onTooLong: (message: TooLong) => void;
  readonly idleTimeoutMs: number;
  readonly messageTimeoutMs: number;
}

/** Not read while what came is not stored. */
class Connection {
  /** Resolves when the connection is closed and what came over it is stored. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #framing: SyslogFraming;
  readonly #gatherer: LineGatherer;
  readonly #messageTimeoutMs: number;
  /** Runs while a message is incomplete: feeding it byte by byte does not keep it going. */
  #deadline: NodeJS.Timeout | null = null;
  #over = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#messageTimeoutMs = options.messageTimeoutMs;
    this.#framing = new SyslogFraming(options.onTooLong);
    this.#gatherer = options.gather(() => {
      if (!this.#gatherer.isFull && !this.#over) socket.resume();
    });
    socket.on("error", () => socket.destroy());
    socket.setTimeout(options.idleTimeoutMs, () => {
      // Silence while it is not read is not the sender's.
      if (this.#gatherer.isEmpty) socket.destroy();
    });
    socket.on("data", (piece: Buffer) => this.#take(piece));
    this.ended = new Promise((resolve) => {
      socket.once("close", () => {
        if (!this.#over) this.#close();
        void this.#gatherer.settled().then(resolve);
      });
    });
  }

  /** Takes nothing more; resolves when what came is stored. */
  async finish(): Promise<void> {
    if (!this.#over) this.#close();
    this.#socket.destroy();
    await this.#gatherer.settled();
  }

  #take(piece: Buffer): void {
    if (this.#over) return;
    const { bytes, lines } = this.#framing.push(piece);
    this.#gatherer.add(bytes, lines);
    if (this.#gatherer.isFull) this.#socket.pause();
    if (lines > 0 || this.#framing.heldBytes === 0) this.#stopClock();
    if (this.#framing.heldBytes > 0) {
      this.#deadline ??= setTimeout(() => this.#expire(), this.#messageTimeoutMs).unref();
    }
  }

  #expire(): void {
    this.#deadline = null;
    // While it is not read, the rest cannot come.
    if (this.#gatherer.isFull) this.#deadline = setTimeout(() => this.#expire(), this.#messageTimeoutMs).unref();
    else this.#socket.destroy();
  }

  #stopClock(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }

  #close(): void {
    this.#over = true;
    this.#stopClock();
    const { bytes, lines } = this.#framing.end();
    this.#gatherer.add(bytes, lines);
  }
}
