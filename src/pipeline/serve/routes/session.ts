/** Signing in and out: with a token, a user's password, a link, or an OpenID Connect provider. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { printableCut } from "../../../model/printable.ts";
import { passingCookie, readCookie } from "../access-cookies.ts";
import { accountOf, tryAgain } from "../access-handlers.ts";
import type { Person } from "../access.ts";
import type { Credential } from "../backend.ts";
import { SignInBody, type Output, type SessionItem } from "../contract.ts";
import { signedInPage, signInPage } from "../front-page.ts";
import { ProblemError, toProblem } from "../problem.ts";
import {
  authorise,
  credentialOf,
  isSameOrigin,
  problemReply,
  renewSession,
  setSession,
  signInWays,
} from "../replies.ts";
import type { ServerParts } from "../server.ts";

/** Attempts of one address, whatever they are for. */
const ATTEMPTS = 30;
const HTML = "text/html; charset=utf-8";

/** What somebody showed to get in. */
type Proof = Output<typeof SignInBody>;

export function addSessionRoutes(parts: ServerParts): void {
  const { app, access } = parts;
  const rateLimit = attempts(parts);

  app.get("/api/v1/session", async (request, reply) => {
    try {
      const credential = authorise(request, parts, "viewer");
      await renewSession(request, reply, parts);
      return await reply.send(describe(credential));
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  app.post("/api/v1/session", { config: { rateLimit } }, async (request, reply) => {
    try {
      const body = SignInBody.safeParse(request.body);
      if (!body.success)
        throw new ProblemError("request.invalid", 'send {"token": "slp_…"}, or {"user": "…", "password": "…"}');
      if (!isSameOrigin(request)) throw new ProblemError("csrf.invalid", "sign in from the console's own page");
      const session = await start(parts, request, reply, await identify(parts, request, body.data));
      return await reply.code(201).send(describe(session));
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  app.delete("/api/v1/session", async (request, reply) => {
    try {
      const credential = authorise(request, parts, "viewer");
      if (credential.kind === "session") {
        await access.endSession(credential);
        await record(parts, request, "session.end", credential.name, {});
      }
      return await setSession(reply.code(204), parts, "").send();
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  // Looking at a link (HEAD) must not use it up.
  app.get<{ Params: { code: string } }>(
    "/sign-in/:code",
    { exposeHeadRoute: false, config: { rateLimit } },
    async (request, reply) => {
      const person = access.takeLink(request.params.code);
      if (person === null) {
        // Opening the link twice is no reason to sign out who is signed in.
        if (credentialOf(request, parts) !== null) return reply.redirect("/", 303);
        return refuse(parts, reply, "This link has been used, or is too old. Start Sallyport again for a new one.");
      }
      await start(parts, request, reply, person);
      return reply.redirect("/", 303);
    },
  );

  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.post("/sign-in", { config: { rateLimit } }, async (request, reply) => {
    const given = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const field = (name: string): string => given.get(name) ?? "";
    try {
      if (!isSameOrigin(request)) throw new ProblemError("csrf.invalid", "sign in from the console's own page");
      const proof = given.has("user")
        ? { user: field("user").trim().slice(0, 64), password: field("password").slice(0, 1_024) }
        : { token: field("token").trim().slice(0, 200) };
      await start(parts, request, reply, await identify(parts, request, proof));
      return await reply.redirect("/", 303);
    } catch (error) {
      return refuseFor(parts, request, reply, error);
    }
  });

  addProviderRoutes(parts);
}

function addProviderRoutes(parts: ServerParts): void {
  const { app, oidc, secure } = parts;
  if (oidc === null) return;
  const rateLimit = attempts(parts);
  const cookie = secure ? "__Host-sallyport_oidc" : `${parts.cookie}_oidc`;

  app.get("/sign-in/oidc", { exposeHeadRoute: false, config: { rateLimit } }, async (request, reply) => {
    try {
      const { location, browser } = await oidc.begin();
      return await reply.header("set-cookie", passingCookie(cookie, browser, secure)).redirect(location, 303);
    } catch (error) {
      return refuseFor(parts, request, reply, error);
    }
  });

  app.get("/sign-in/oidc/callback", { exposeHeadRoute: false, config: { rateLimit } }, async (request, reply) => {
    reply.header("set-cookie", passingCookie(cookie, "", secure));
    try {
      const answer = new URL(request.url, "http://localhost").searchParams;
      const person = await oidc.finish(answer, readCookie(request.headers.cookie, cookie));
      await start(parts, request, reply, person);
      return await reply.type(HTML).send(signedInPage());
    } catch (error) {
      const reason = reasonOf(error);
      parts.log?.("warn", `a sign-in by ${oidc.settings.issuer} was refused: ${reason}`);
      await record(parts, request, "session.refuse", "", { means: "oidc", reason });
      return refuseFor(parts, request, reply, error);
    }
  });
}

function attempts({ signInsPerMinute = ATTEMPTS }: ServerParts): { max: number; timeWindow: string } {
  return { max: signInsPerMinute, timeWindow: "1 minute" };
}

/** @throws {ProblemError} when it proves nothing, or too much was tried */
async function identify(parts: ServerParts, request: FastifyRequest, proof: Proof): Promise<Person> {
  const { access } = parts;
  if ("token" in proof) {
    const token = access.find(proof.token, "token", request.ip);
    if (token !== null) return { name: token.name, role: token.role, account: `token:${token.hash}` };
    await record(parts, request, "session.refuse", "", { means: "token" });
    throw new ProblemError("auth.required", "that is no token of this installation, or it is no longer valid");
  }
  const name = proof.user.toLowerCase();
  const wait = access.throttle.attempt(name, request.ip);
  if (wait > 0) throw new ProblemError("rate-limited", tryAgain(wait));
  const user = await access.users.check(name, proof.password);
  if (user === null) {
    await record(parts, request, "session.refuse", name, { means: "password" });
    throw new ProblemError("auth.required", "user and password do not belong together");
  }
  access.throttle.succeeded(name, request.ip);
  return { name: user.name, role: user.role, account: accountOf(user) };
}

/** Opens a session in place of the one that the browser had. */
async function start(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  person: Person,
): Promise<Credential> {
  const before = request.headers.authorization === undefined ? credentialOf(request, parts) : null;
  const { secret, session } = await parts.access.createSession(person, before);
  const [means] = person.account.split(":", 1);
  await record(parts, request, "session.start", person.name, { means: means === "user" ? "password" : means });
  setSession(reply, parts, secret);
  return session;
}

function record(
  { access }: ServerParts,
  request: FastifyRequest,
  kind: string,
  actor: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  return access.record({ kind, origin: { actor, via: "console", address: request.ip }, details });
}

/** What the log says about a refused sign-in: the chain of causes, without anything secret. */
function reasonOf(error: unknown): string {
  const texts: string[] = [];
  for (
    let each = error instanceof ProblemError && error.cause instanceof Error ? error.cause : error;
    each instanceof Error && texts.length < 5;
    each = each.cause
  ) {
    const { error: code } = each as { error?: unknown };
    texts.push(typeof code === "string" ? `${each.message} (${code})` : each.message);
  }
  return printableCut(texts.join(": "), 300);
}

function refuse(parts: ServerParts, reply: FastifyReply, note: string, status = 401): FastifyReply {
  return reply
    .code(status)
    .type(HTML)
    .send(signInPage(signInWays(parts), note));
}

function refuseFor(parts: ServerParts, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof ProblemError) || error.code === "internal") return problemReply(request, reply, error);
  const { status } = toProblem(error, request.id);
  const text = error.message;
  return refuse(parts, reply, `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`, status === 400 ? 401 : status);
}

function describe({ name, role, kind, csrf, expires }: Credential): Output<typeof SessionItem> {
  return {
    name,
    role,
    via: kind,
    csrf: kind === "session" ? csrf : null,
    expires: kind === "session" ? expires : null,
  };
}
