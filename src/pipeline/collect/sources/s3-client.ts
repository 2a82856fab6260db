/** Listing a bucket and reading its objects, on any server that speaks S3. */
import type { IncomingMessage } from "node:http";
import { ApiClient, type ApiContext, ApiConnectionError, type ApiOptions } from "./api-client.ts";
import { type S3Listing, readListing, textOf } from "./s3-listing.ts";
import { awsEncode, awsQuery, type Credentials, signGet } from "./sigv4.ts";

export interface S3ClientOptions extends Partial<ApiOptions> {
  readonly bucket: string;
  readonly region: string;
  /** `https://s3.eu-central-1.amazonaws.com` when left out; of MinIO, Ceph, R2 … their own. */
  readonly baseUrl?: string | undefined;
  /** `https://HOST/BUCKET/KEY` instead of `https://BUCKET.HOST/KEY`. */
  readonly pathStyle: boolean;
  /** Asked anew for every request: credentials may be exchanged while the source runs. null: the bucket is open to everyone. */
  readonly credentials: () => Credentials | null;
}

/** The server refuses this object; `code` is S3's own, such as NoSuchKey. */
export class S3RefusalError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`the server answers ${status} (${code})`);
    this.status = status;
    this.code = code;
  }
}

export class S3Client {
  readonly #options: S3ClientOptions;
  readonly #client: ApiClient;
  readonly #address: string;

  /** @throws {InvalidConfigError} */
  constructor(options: S3ClientOptions) {
    const { bucket, region, pathStyle, baseUrl = `https://s3.${region}.amazonaws.com` } = options;
    const plain = new ApiClient({ ...options, baseUrl });
    const address = new URL(plain.baseUrl);
    if (pathStyle) address.pathname = `${address.pathname.replace(/\/$/, "")}/${awsEncode(bucket)}`;
    else address.hostname = `${bucket}.${address.hostname}`;
    this.#options = options;
    this.#address = address.href.replace(/\/$/, "");
    this.#client = new ApiClient({ ...options, baseUrl: this.#address });
  }

  get host(): string {
    return new URL(this.#address).host;
  }

  /** The server's clock minus ours, ms. */
  get skewMs(): number {
    return this.#client.skewMs;
  }

  close(): void {
    this.#client.close();
  }

  /** Headers that let a request in, by the server's clock where ours is far from it. */
  sign(url: URL, now: number): Record<string, string> {
    const credentials = this.#options.credentials();
    if (credentials === null) return {};
    const skewMs = Math.abs(this.#client.skewMs) > 60_000 ? this.#client.skewMs : 0;
    return signGet(url, credentials, { region: this.#options.region, now: now + skewMs });
  }

  /** One page. @returns null when the answer is no list @throws {S3RefusalError} @throws {StoppedError} */
  async list(
    { prefix, startAfter, token }: { prefix: string; startAfter: string; token: string | null },
    context: Omit<ApiContext, "headers">,
  ): Promise<S3Listing | null> {
    const query = awsQuery({
      "encoding-type": "url",
      "list-type": "2",
      "max-keys": "1000",
      ...(prefix === "" ? {} : { prefix }),
      ...(token === null ? (startAfter === "" ? {} : { "start-after": startAfter }) : { "continuation-token": token }),
    });
    const url = new URL(`${this.#address}${this.#options.pathStyle ? "" : "/"}?${query}`);
    const headers = (at: URL) => this.sign(at, context.clock.now());
    const { status, body } = await this.#client.ask(url, { ...context, headers });
    const xml = body.toString("utf8");
    if (status >= 300) throw new S3RefusalError(status, plainCode(xml));
    return readListing(xml);
  }

  /** The object's bytes, to be read or destroyed. @throws {S3RefusalError} @throws {ApiConnectionError} */
  async open(key: string, now: number, signal: AbortSignal): Promise<IncomingMessage> {
    const path = awsEncode(key, true);
    const url = new URL(`${this.#address}/${path}`);
    // An address has no way to say a segment that is . or ..
    if (!url.pathname.endsWith(`/${path}`)) throw new S3RefusalError(0, "KeyIsNoAddress");
    const response = await this.#client.open(url, this.sign(url, now), signal);
    if (response.statusCode === 200) return response;
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      if (pieces.length > 64) break;
    }
    response.destroy();
    const status = response.statusCode ?? 0;
    if (status >= 500 || status === 429) throw new ApiConnectionError(`the server answers ${status}`);
    throw new S3RefusalError(status, plainCode(Buffer.concat(pieces).toString("utf8")));
  }
}

function plainCode(xml: string): string {
  const code = textOf(xml, "Code") ?? "";
  return /^[A-Za-z]{1,64}$/.test(code) ? code : "unknown";
}
