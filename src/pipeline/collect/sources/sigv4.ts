/**
 * AWS Signature Version 4 for requests without a body.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHmac, hash } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that expire. */
  readonly sessionToken?: string | undefined;
}

const EMPTY = hash("sha256", "", "hex");

/** Everything but letters, digits, `-`, `.`, `_` and `~` as %XX of its UTF-8; `/` stays where `path` is set. */
export function awsEncode(text: string, path = false): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return path ? encoded.replaceAll("%2F", "/") : encoded;
}

/** Parameters in the order in which they are signed. */
export function awsQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${awsEncode(name)}=${awsEncode(value)}`)
    .toSorted()
    .join("&");
}

/**
 * The headers that a GET of `url` has to carry. Path and query of `url` are signed as they are: build them with `awsEncode`, `awsQuery`.
 * @param now ms since 1970 UTC, as the server's clock has it
 * @param more further headers to sign, names in lower case
 */
export function signGet(
  url: URL,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, now, more = {} }: { region: string; now: number; more?: Readonly<Record<string, string>> },
): Record<string, string> {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    ...more,
    host: url.host,
    "x-amz-content-sha256": EMPTY,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).toSorted();
  const signed = names.join(";");
  const canonical = [
    "GET",
    url.pathname,
    url.search.slice(1),
    ...names.map((name) => `${name}:${headers[name] ?? ""}`),
    "",
    signed,
    EMPTY,
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, hash("sha256", canonical, "hex")].join("\n");
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [day, region, "s3", "aws4_request"]) key = createHmac("sha256", key).update(part).digest();
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${signed},Signature=${signature}`,
  };
}
