/** Answers that are errors, and who is asking. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { StoreUnavailableError } from "../../model/errors.ts";
import { readCookie, sessionCookie } from "./access-cookies.ts";
import { sameSecret } from "./access.ts";
import type { Credential } from "./backend.ts";
import { ROLES, type ProblemCode, type Role } from "./contract.ts";
import { ProblemError, toProblem } from "./problem.ts";
import type { SignInWays } from "./front-page.ts";
import type { ServerParts } from "./server.ts";

/** @param failure a code with its detail, or whatever was thrown: only what was meant for the caller is told */
export function problemReply(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: unknown,
  detail = "",
): FastifyReply {
  const error =
    typeof failure === "string"
      ? new ProblemError(failure as ProblemCode, detail)
      : failure instanceof ProblemError
        ? failure
        : failure instanceof StoreUnavailableError
          ? new ProblemError("store.unavailable", "the store did not answer: try again")
          : new ProblemError("internal", "the log of the server says more under this request's id");
  if (error.code === "internal")
    process.stderr.write(`${JSON.stringify({ level: "error", request: request.id, error: describe(failure) })}\n`);
  const problem = toProblem(error, request.id);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.status === 503) reply.header("retry-after", "2");
  return reply.code(problem.status).type("application/problem+json; charset=utf-8").send(JSON.stringify(problem));
}

function describe(failure: unknown): string {
  return (failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)).slice(0, 4_000);
}

/** The credential a request carries: a bearer token before a session. null: none that is valid. */
export function credentialOf(request: FastifyRequest, { access, cookie }: ServerParts): Credential | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
    return token === undefined ? null : access.find(token, "token", request.ip);
  }
  const session = readCookie(request.headers.cookie, cookie);
  return session === null ? null : access.find(session, "session", request.ip);
}

/**
 * @param least role that may
 * @throws {ProblemError} when the request may not do what it asks for
 */
export function authorise(request: FastifyRequest, parts: ServerParts, least: Role): Credential {
  const credential = credentialOf(request, parts);
  if (credential === null)
    throw new ProblemError("auth.required", "send `Authorization: Bearer TOKEN`, or sign in with the console");
  if (ROLES.indexOf(credential.role) < ROLES.indexOf(least))
    throw new ProblemError("auth.forbidden", `this takes the role ${least}, and you are ${credential.role}`);
  if (credential.kind === "session" && request.method !== "GET" && request.method !== "HEAD")
    requireOwnPage(request, credential);
  return credential;
}

/** A browser sends cookies along with whatever a stranger's page makes it ask; the token only our own page can know. */
function requireOwnPage(request: FastifyRequest, session: Credential): void {
  const given = request.headers["x-csrf-token"];
  if (!isSameOrigin(request) || typeof given !== "string" || !sameSecret(given, session.csrf))
    throw new ProblemError("csrf.invalid", "send X-CSRF-Token with what GET /api/v1/session says");
}

/** false: the browser says that another site's page asks. */
export function isSameOrigin({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (typeof site === "string") return site === "same-origin" || site === "none";
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** Which ways in the sign-in page offers. */
export function signInWays({ access, oidc }: ServerParts): SignInWays {
  return { users: access.users.any, provider: oidc?.settings.title ?? null, links: access.linksWork };
}

/** Sends the browser a new secret for its session where the one it has is old. */
export async function renewSession(request: FastifyRequest, reply: FastifyReply, parts: ServerParts): Promise<void> {
  const session = credentialOf(request, parts);
  const renewed = session === null ? null : await parts.access.renewSession(session);
  if (renewed !== null) setSession(reply, parts, renewed.secret);
}

/** @param secret empty: signed out */
export function setSession(reply: FastifyReply, { access, cookie, secure }: ServerParts, secret: string): FastifyReply {
  return reply.header("set-cookie", sessionCookie(cookie, secret, secure, access.sessionMaxMs));
}
