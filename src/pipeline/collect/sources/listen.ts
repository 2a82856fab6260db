/** Addresses to listen on, and the files of TLS. */
import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { isIPv6 } from "node:net";
import type { TlsOptions } from "node:tls";
import { InvalidConfigError, ListenError } from "../../../model/errors.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates of whoever signs clients: with it, only clients that show a certificate may connect. */
  readonly clientCaFile?: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:5514`, `[::1]:5514`, `:5514` (all addresses). @throws {InvalidConfigError} */
export function parseAddress(listen: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new InvalidConfigError(`"${listen}" is no address like 127.0.0.1:5514`);
  return { host: match[1] ?? (match[2] === "" ? "::" : match[2]!), port };
}

export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @throws {InvalidConfigError} when a file cannot be read */
export function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): TlsOptions {
  return {
    cert: readConfigured(certFile),
    key: readConfigured(keyFile),
    minVersion: "TLSv1.2",
    ...(clientCaFile === undefined
      ? {}
      : { ca: readConfigured(clientCaFile), requestCert: true, rejectUnauthorized: true }),
  };
}

/** A secret in a file, without the line end editors add. @throws {InvalidConfigError} when it cannot be read or is empty */
export function readSecret(file: string): string {
  const secret = readConfigured(file).replace(/\r?\n$/, "");
  if (secret === "") throw new InvalidConfigError("the file is empty", { place: { file } });
  return secret;
}

function readConfigured(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new InvalidConfigError(`cannot be read: ${code}`, { place: { file }, cause });
  }
}

/** Resolves with where the server listens. @throws {ListenError} */
export function listenOn(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(address, cause)));
    server.listen(address.port, address.host, () => {
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port });
    });
  });
}

export function listenError(address: Address, cause: Error): ListenError {
  const code = "code" in cause ? String(cause.code) : cause.message;
  const words =
    code === "EADDRINUSE" ? "is taken" : code === "EACCES" ? "may not be listened on" : `cannot be had: ${code}`;
  return new ListenError(`${formatAddress(address)} ${words}`, { cause });
}
