/** The session's cookie. */

/** The value of one cookie of a Cookie header; null where there is none. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? "").slice(0, 8_192).split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && value !== "") return value;
  }
  return null;
}

/**
 * @param secret empty: the browser forgets the cookie
 * @param secure over TLS: the browser keeps it to this host alone
 * @param lifeMs how long the browser keeps it
 */
export function sessionCookie(name: string, secret: string, secure: boolean, lifeMs: number): string {
  const life = secret === "" ? 0 : Math.floor(lifeMs / 1000);
  return `${name}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure ? "; Secure" : ""}`;
}

/** For the way to a provider and back: comes along when the provider's page leads here (`Lax`), and soon ends. */
export function passingCookie(name: string, value: string, secure: boolean): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${value === "" ? 0 : 600}${secure ? "; Secure" : ""}`;
}
