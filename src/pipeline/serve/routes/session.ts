/** Signing in and out. */
import { sessionCookie } from "../access.ts";
import type { Credential } from "../backend.ts";
import { SignInBody, type Output, type SessionItem } from "../contract.ts";
import { signInPage } from "../front-page.ts";
import { ProblemError } from "../problem.ts";
import { authorise, credentialOf, isSameOrigin, problemReply } from "../replies.ts";
import type { ServerParts } from "../server.ts";

/** Attempts of one address; tokens cannot be guessed, but nobody needs more. */
const ATTEMPTS = { max: 30, timeWindow: "1 minute" } as const;

export function addSessionRoutes(parts: ServerParts): void {
  const { app, access, cookie, tls } = parts;
  const secure = tls !== undefined;

  app.get("/api/v1/session", (request, reply) => {
    try {
      return reply.send(describe(authorise(request, parts, "viewer")));
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  app.post("/api/v1/session", { config: { rateLimit: ATTEMPTS } }, async (request, reply) => {
    try {
      const body = SignInBody.safeParse(request.body);
      if (!body.success) throw new ProblemError("request.invalid", 'send {"token": "slp_…"}');
      if (!isSameOrigin(request)) throw new ProblemError("csrf.invalid", "sign in from the console's own page");
      const token = access.find(body.data.token, "token");
      if (token === null) throw new ProblemError("auth.required", "the token is not known, or no longer valid");
      const { secret, session } = await access.createSession(token.name, token.role);
      return await reply
        .code(201)
        .header("set-cookie", sessionCookie(cookie, secret, secure))
        .send(describe(session));
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  app.delete("/api/v1/session", async (request, reply) => {
    try {
      const credential = authorise(request, parts, "viewer");
      if (credential.kind === "session") await access.endSession(credential);
      return await reply
        .code(204)
        .header("set-cookie", sessionCookie(cookie, "", secure))
        .send();
    } catch (error) {
      return problemReply(request, reply, error);
    }
  });

  // Looking at a link (HEAD) must not use it up.
  app.get<{ Params: { code: string } }>(
    "/sign-in/:code",
    { exposeHeadRoute: false, config: { rateLimit: ATTEMPTS } },
    async (request, reply) => {
      const person = access.takeLink(request.params.code);
      if (person === null) {
        // Opening the link twice is no reason to sign out who is signed in.
        if (credentialOf(request, parts) !== null) return reply.redirect("/", 303);
        return reply
          .code(401)
          .type("text/html; charset=utf-8")
          .send(signInPage("This link has been used, or is too old. Start Sallyport again for a new one."));
      }
      const { secret } = await access.createSession(person.name, person.role);
      return reply.header("set-cookie", sessionCookie(cookie, secret, secure)).redirect("/", 303);
    },
  );

  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.post("/sign-in", { config: { rateLimit: ATTEMPTS } }, async (request, reply) => {
    const given = request.body instanceof URLSearchParams ? (request.body.get("token") ?? "").trim() : "";
    const token = isSameOrigin(request) ? access.find(given, "token") : null;
    if (token === null)
      return reply
        .code(401)
        .type("text/html; charset=utf-8")
        .send(signInPage("That is no token of this installation."));
    const { secret } = await access.createSession(token.name, token.role);
    return reply.header("set-cookie", sessionCookie(cookie, secret, secure)).redirect("/", 303);
  });
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
