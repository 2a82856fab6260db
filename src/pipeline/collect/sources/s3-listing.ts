/**
 * The answer to ListObjectsV2, read without an XML parser: of its few elements none nests but Contents, and attributes, comments and
 * entities beyond XML's five do not occur.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */

export interface S3Object {
  readonly key: string;
  /** As the server spells it; changes with the content. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** When its upload was begun, by the server's clock, ms since 1970 UTC. */
  readonly modified: number;
}

export interface S3Listing {
  readonly objects: readonly S3Object[];
  /** Where the list goes on; null at its end. */
  readonly next: string | null;
}

/** null when it is no such answer. */
export function readListing(xml: string): S3Listing | null {
  if (!/<ListBucketResult[\s>]/.test(xml.slice(0, 1_024)) || !xml.trimEnd().endsWith("</ListBucketResult>"))
    return null;
  const encoded = textOf(xml, "EncodingType") === "url";
  const objects: S3Object[] = [];
  for (const contents of elements(xml, "Contents")) {
    const key = textOf(contents, "Key");
    const modified = Date.parse(textOf(contents, "LastModified") ?? "");
    if (key === null || Number.isNaN(modified)) return null;
    objects.push({
      key: encoded ? decodeKey(key) : key,
      etag: textOf(contents, "ETag") ?? "",
      sizeBytes: Number(textOf(contents, "Size") ?? "0"),
      modified,
    });
  }
  if (textOf(xml, "IsTruncated") !== "true") return { objects, next: null };
  const next = textOf(xml, "NextContinuationToken");
  return next === null ? null : { objects, next };
}

function* elements(xml: string, name: string): Generator<string> {
  const open = `<${name}>`;
  const close = `</${name}>`;
  for (let at = xml.indexOf(open); at !== -1; at = xml.indexOf(open, at)) {
    const end = xml.indexOf(close, at);
    if (end === -1) return;
    yield xml.slice(at + open.length, end);
    at = end + close.length;
  }
}

/** Text of the first element of this name; null when there is none. */
export function textOf(xml: string, name: string): string | null {
  const [text] = elements(xml, name);
  return text === undefined ? null : unescape(text);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescape(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Keys may hold characters that XML does not have: they are asked for in the spelling of addresses. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", "%20"));
  } catch {
    return key;
  }
}
