/** A bucket on a server that speaks S3, for tests: lists in pages, checks signatures, breaks off, refuses, forgets. */
import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { awsEncode, signGet } from "./sigv4.ts";
import type { TestClock } from "./vendor-logs.test-support.ts";

export const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "s3cret/with+signs",
  sessionToken: "session",
};

/** What the next request meets. */
export type BucketFault = "503" | "reset" | "break" | null;

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  modified: number;
  visible: number;
}

export class FakeBucket {
  readonly objects = new Map<string, Stored>();
  faults: BucketFault[] = [];
  pageSize = 3;
  /** Keys of which every object is refused, with the code. */
  readonly refused = new Map<string, string>();
  readonly read: string[] = [];
  lists: URL[] = [];
  skewMs = 0;
  baseUrl = "";
  readonly #clock: TestClock;
  #server: Server | null = null;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  /** @param uploadMs how long the upload took: its time is that of its begin */
  put(key: string, body: Buffer | string, modified = this.#clock.time, uploadMs = 0): void {
    const bytes = Buffer.from(body);
    const etag = `"${hash("md5", bytes, "hex")}"`;
    this.objects.set(key, { body: bytes, etag, modified, visible: modified + uploadMs });
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.baseUrl);
    const date = new Date(this.#clock.time + this.skewMs).toUTCString();
    const refuse = (status: number, code: string): void =>
      void response.writeHead(status, { date }).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    const signedAt = String(request.headers["x-amz-date"]).replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5");
    const time = Date.parse(signedAt);
    if (Math.abs(time - this.#clock.time - this.skewMs) > 15 * 60_000) return refuse(403, "RequestTimeTooSkewed");
    const expected = signGet(url, CREDENTIALS, { region: "eu-central-1", now: time })["authorization"];
    if (request.headers.authorization !== expected) return refuse(403, "SignatureDoesNotMatch");
    const fault = this.faults.shift() ?? null;
    if (fault === "503") return refuse(503, "SlowDown");
    if (fault === "reset") return void request.socket.destroy();
    if (url.pathname === "/audit-logs") return this.#list(url, response, date);

    const key = decodeURIComponent(url.pathname.slice("/audit-logs/".length));
    const object = this.objects.get(key);
    const code = this.refused.get(key) ?? (object === undefined ? "NoSuchKey" : null);
    if (object === undefined || code !== null) return refuse(code === "NoSuchKey" ? 404 : 403, code ?? "");
    this.read.push(key);
    response.writeHead(200, { date, "content-length": object.body.length, etag: object.etag });
    if (fault !== "break") return void response.end(object.body);
    response.write(object.body.subarray(0, Math.floor(object.body.length * 0.7)));
    setTimeout(() => request.socket.destroy(), 5);
  }

  #list(url: URL, response: ServerResponse, date: string): void {
    this.lists.push(url);
    const prefix = url.searchParams.get("prefix") ?? "";
    const after = url.searchParams.get("continuation-token") ?? url.searchParams.get("start-after") ?? "";
    const keys = [...this.objects.entries()]
      .filter(([key, { visible }]) => key.startsWith(prefix) && key > after && visible <= this.#clock.time)
      .map(([key]) => key)
      .toSorted();
    const page = keys.slice(0, this.pageSize);
    const truncated = keys.length > page.length;
    const contents = page.map((key) => {
      const { body, etag, modified } = this.objects.get(key)!;
      return `<Contents><Key>${awsEncode(key, true).replaceAll("%20", "+")}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    });
    const next = truncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    response
      .writeHead(200, { date, "content-type": "application/xml" })
      .end(
        `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>audit-logs</Name><EncodingType>url</EncodingType><IsTruncated>${truncated}</IsTruncated>${contents.join("")}${next}</ListBucketResult>`,
      );
  }
}
