/** Ends with 0 when the server in this container is ready, with or without TLS; with 1 otherwise. */
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";

const port = Number(process.env.SALLYPORT_PORT ?? 8440);
const options = { host: "127.0.0.1", port, path: "/readyz", timeout: 4_000, headers: { host: "localhost" } };

/** The certificate is for others: this only asks itself. */
const ask = (get, more) =>
  new Promise((resolve) => {
    const request = get({ ...options, ...more }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });

process.exit((await ask(getPlain, {})) || (await ask(getSecure, { rejectUnauthorized: false })) ? 0 : 1);
