/** What has to hold before others can reach the server, and its certificate, which is read again when it changes. */
import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { InvalidConfigError, UnsafeListenError } from "../../model/errors.ts";
import type { AccessSettings } from "./access-settings.ts";
import { isLoopback } from "./hosts.ts";

/** Whether only this machine can reach it. */
export function listensHere(host: string): boolean {
  return host.toLowerCase() === "localhost" || (isIP(host) !== 0 && isLoopback(host));
}

/**
 * @param signIn whether there is anybody who could sign in: users, an OpenID Connect provider, or tokens
 * @throws {UnsafeListenError} when strangers could listen in, or find a server that nobody has closed
 */
export function requireSafeListening(
  listen: string,
  host: string,
  {
    tls,
    signIn,
    settings,
  }: {
    tls: boolean;
    signIn: boolean;
    settings: Pick<AccessSettings, "insecure" | "publicUrl" | "trustedProxies"> | null;
  },
): void {
  if (listensHere(host) || settings?.insecure === true) return;
  const missing: string[] = [];
  const behindTls = settings?.publicUrl?.startsWith("https://") === true && settings.trustedProxies.length > 0;
  if (!tls && !behindTls)
    missing.push(
      "no TLS (tls.certificate_file and tls.key_file; or access.public_url with https:// and access.trusted_proxies where a proxy does it)",
    );
  if (!signIn)
    missing.push(
      "nobody who may sign in (sallyport user add, access.first_user, access.oidc, or sallyport token create)",
    );
  if (missing.length === 0) return;
  throw new UnsafeListenError(
    `${listen} can be reached by others, and there is ${missing.join(", and ")}: add it, listen on 127.0.0.1, or say access.insecure: true`,
  );
}

export interface CertificateFiles {
  readonly certificate_file: string;
  readonly key_file: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws {InvalidConfigError} when the files cannot be read, or the key is not the certificate's */
export function readCertificate({ certificate_file, key_file }: CertificateFiles): Certificate {
  const read = (file: string): string => {
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      throw new InvalidConfigError(
        `cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown error"}): check that the file is there and yours`,
        { place: { file }, cause },
      );
    }
  };
  const cert = read(certificate_file);
  const key = read(key_file);
  try {
    createSecureContext({ cert, key, minVersion: "TLSv1.2" });
  } catch (cause) {
    throw new InvalidConfigError(
      `this and ${key_file} are no certificate with its key (${cause instanceof Error ? cause.message : "unreadable"}): both have to be PEM, the key without a password`,
      { place: { file: certificate_file }, cause },
    );
  }
  return { cert, key };
}

/**
 * Looks whether the files have changed, and hands on what they hold then. What cannot be used is told and the old kept.
 * @returns ends it
 */
export function watchCertificate(
  files: CertificateFiles,
  {
    apply,
    log,
    everyMs = 30_000,
  }: { apply: (certificate: Certificate) => void; log: (message: string) => void; everyMs?: number },
): () => void {
  // Files that are links, as Kubernetes mounts them, change their target without changing themselves.
  const mark = (): string =>
    [files.certificate_file, files.key_file]
      .map((file) => {
        const stats = statSync(file, { throwIfNoEntry: false });
        return stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
      })
      .join("|");
  let known = mark();
  const timer = setInterval(() => {
    const now = mark();
    if (now === known) return;
    known = now;
    try {
      apply(readCertificate(files));
      log("the certificate was read again");
    } catch (error) {
      log(`the new certificate is not used: ${error instanceof Error ? error.message : String(error)}`);
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
