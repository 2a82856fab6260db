/** Health, readiness, status and metrics. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "../hosts.ts";
import { authorise, problemReply } from "../replies.ts";
import type { ServerParts } from "../server.ts";

/** A store that takes longer to say anything is not ready. */
const READY_WITHIN_MS = 2_000;

export function addOperationsRoutes(parts: ServerParts): void {
  const { app, backend, clock, version, started, metrics } = parts;

  const ready = async (): Promise<string | null> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`the store has not answered for ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    });
    try {
      return await Promise.race([backend.notReady(), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  app.get("/healthz", () => ({ status: "ok", reason: null }));

  app.get("/readyz", async (_request, reply) => {
    const reason = await ready();
    if (reason !== null) reply.code(503).header("retry-after", "2");
    return { status: reason === null ? "ok" : "unavailable", reason };
  });

  /** Whoever is on this machine may look; from elsewhere it takes a token. */
  const forOperators = (
    answer: (reply: FastifyReply) => Promise<unknown>,
  ): ((request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) => {
    return async (request, reply) => {
      try {
        if (!isLoopback(request.ip)) authorise(request, parts, "viewer");
        return await answer(reply);
      } catch (error) {
        return problemReply(request, reply, error);
      }
    };
  };

  app.get(
    "/status",
    forOperators(async () => {
      const [reason, parts] = await Promise.all([ready(), backend.status()]);
      const now = clock.now();
      return { version, started, uptime_ms: now - started, ready: reason === null, ...parts };
    }),
  );

  app.get(
    "/metrics",
    forOperators(async (reply) => {
      reply.type("text/plain; version=0.0.4; charset=utf-8");
      return metrics.render(await backend.metrics(), version);
    }),
  );
}
