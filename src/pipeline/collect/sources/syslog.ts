/**
 * Syslog over UDP, TCP and TLS, RFC 3164 and 5424 alike: the header is read later, by the source maps.
 *
 * Syslog has no acknowledgement. Over TCP and TLS a store that cannot follow makes the sender wait: its connection is not read until
 * what came is stored, so at most what the machine's buffers hold is lost when either side fails. Over UDP whatever does not fit is
 * lost: what was dropped here is counted, what the kernel dropped is not known.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6587 framing
 * @see https://www.rfc-editor.org/rfc/rfc5425 TLS
 */
import type { LiveSource, SourcePorts } from "../intake.ts";
import { InvalidConfigError } from "../../../model/errors.ts";
import type { Address, TlsFiles } from "./listen.ts";
import { SyslogStreamServer } from "./syslog-tcp.ts";
import { SyslogDatagrams } from "./syslog-udp.ts";

export interface SyslogSourceOptions {
  readonly id: string;
  /** `127.0.0.1:5514` */
  readonly listen: string;
  readonly protocol: "udp" | "tcp" | "tls";
  /** Source map; `auto` by default. */
  readonly source?: string;
  /** With `tls`. */
  readonly tls?: TlsFiles;
  /** Connections at a time; further ones are closed. Default 1000. */
  readonly maxConnections?: number;
  /** Connections at a time of one address. Default 100. */
  readonly maxConnectionsPerAddress?: number;
  /** A connection on which nothing came for so long is closed, ms. Default 15 minutes. */
  readonly idleTimeoutMs?: number;
  /** A message that was begun has to be whole within, ms. Default 30 s. */
  readonly messageTimeoutMs?: number;
  /** How much may wait to be stored: of all over UDP, of one connection over TCP, bytes. Default 16 MiB and 1 MiB. */
  readonly maxHeldBytes?: number;
}

export interface SyslogSource extends LiveSource {
  /** Where it listens; null before it does. */
  readonly address: Address | null;
}

/** @throws {InvalidConfigError} `start` does, when the address or the TLS files are of no use */
export function createSyslogSource(options: SyslogSourceOptions, ports: SourcePorts): SyslogSource {
  if ((options.protocol === "tls") !== (options.tls !== undefined))
    throw new InvalidConfigError(`source ${options.id}: "tls" goes with protocol tls, and protocol tls needs it`);
  return options.protocol === "udp" ? new SyslogDatagrams(options, ports) : new SyslogStreamServer(options, ports);
}
