/** A TCP or TLS connection to a receiver, to addresses the guard allows. */
import { connect as tcpConnect, isIP, type Socket } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { bareHost, type Guard } from "./guard.ts";

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  /** Certificates to trust instead of the system's, PEM. */
  readonly ca?: string | undefined;
}

/** For connecting, and for every silence after it. */
const TIMEOUT_MS = 15_000;

/** @throws {Error} when there is no connection */
export async function openTcp(guard: Guard, { host, port }: SocketTarget, signal: AbortSignal): Promise<Socket> {
  const bare = bareHost(host);
  await guard.addressesOf(bare);
  return new Promise((resolve, reject) => {
    const socket = tcpConnect({ host: bare, port, lookup: guard.lookup, signal });
    bound(socket);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** Speaks TLS over a connection that is there. @throws {Error} when the certificate is not the host's */
export function secure(socket: Socket, { host, ca }: SocketTarget): Promise<TLSSocket> {
  const bare = bareHost(host);
  return new Promise((resolve, reject) => {
    const secured = tlsConnect({
      socket,
      // Names only: RFC 6066 allows no addresses here. The certificate is checked against the host either way.
      ...(isIP(bare) === 0 ? { servername: bare } : {}),
      host: bare,
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca }),
    });
    bound(secured);
    secured.once("error", reject);
    secured.once("secureConnect", () => {
      secured.off("error", reject);
      resolve(secured);
    });
  });
}

function bound(socket: Socket): void {
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
}
