/** curl, wget, HTTPie, PowerShell's web cmdlets, and URLs inside code and scripts. */
import { parseBareUrl, parseUrl, type GitAddress } from "../git-address.ts";
import type { Operation } from "../routes.ts";
import { parseOptions, type CommandSighting, type Visibility } from "./sighting.ts";

/** Every curl option that takes a value, short and long, as of curl 8. */
const CURL_VALUES: ReadonlySet<string> = new Set([
  ...[..."AbcCdDeEFhHKmoPQrtTuUwxXyYzZ"]
    .filter((letter) => letter !== "Z" && letter !== "h")
    .map((letter) => `-${letter}`),
  ..."abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to continue-at cookie cookie-jar crlfile curves data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-servers doh-url dump-header ech egd-file engine expect100-timeout form form-string ftp-account ftp-method ftp-port header hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type krb limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-header proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry retry-delay retry-max-time service-name socks4 socks4a socks5 socks5-hostname speed-limit speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsuser tlspassword trace trace-ascii unix-socket upload-file url url-query user user-agent variable vlan-priority write-out"
    .split(" ")
    .map((name) => `--${name}`),
]);

const DATA = ["-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json"] as const;

/** @param args what follows `curl` */
export function readCurl(args: readonly string[]): CommandSighting[] {
  const options = parseOptions(args, CURL_VALUES, true);
  const body = DATA.flatMap((name) => options.all(name)).join(" ");
  const hasBody = options.has(...DATA, "-F", "--form", "--form-string");
  const method =
    options.get("-X", "--request")?.toUpperCase() ??
    (options.has("-T", "--upload-file")
      ? "PUT"
      : options.has("-I", "--head")
        ? "HEAD"
        : hasBody && !options.has("-G", "--get")
          ? "POST"
          : "GET");
  return [...options.all("--url"), ...options.words].flatMap((word) =>
    request(parseUrl(word) ?? parseBareUrl(word), method, body),
  );
}

const WGET_VALUES: ReadonlySet<string> = new Set([
  "-O",
  "-o",
  "-a",
  "-P",
  "-U",
  "-t",
  "-T",
  "-w",
  "-Q",
  "-e",
  "-i",
  "-B",
  "-A",
  "-R",
  "-D",
  "-l",
  "--post-data",
  "--post-file",
  "--body-data",
  "--body-file",
  "--method",
  "--header",
  "--user",
  "--password",
  "--output-document",
  "--user-agent",
  "--directory-prefix",
]);

export function readWget(args: readonly string[]): CommandSighting[] {
  const options = parseOptions(args, WGET_VALUES);
  const hasBody = options.has("--post-data", "--post-file", "--body-data", "--body-file");
  const method = options.get("--method")?.toUpperCase() ?? (hasBody ? "POST" : "GET");
  const body = options.get("--post-data", "--body-data") ?? "";
  return options.words.flatMap((word) => request(parseUrl(word) ?? parseBareUrl(word), method, body));
}

/** HTTPie and xh: `http PUT host/path name=value`, POST when there is something to send. */
export function readHttpie(args: readonly string[]): CommandSighting[] {
  const options = parseOptions(
    args,
    new Set([
      "-a",
      "--auth",
      "-A",
      "--auth-type",
      "-o",
      "--output",
      "--proxy",
      "--session",
      "--verify",
      "--timeout",
      "--raw",
    ]),
  );
  const [first = "", second = "", ...rest] = options.words;
  const named = /^[A-Z]{3,7}$/.test(first);
  const url = named ? second : first;
  const items = named ? rest : [second, ...rest];
  const sends =
    options.has("--raw", "--form", "-f", "--multipart") ||
    items.some((item) => /^[^=@:]{1,200}(?::=|=(?!=)|@)/.test(item));
  return request(parseUrl(url) ?? parseBareUrl(url), named ? first : sends ? "POST" : "GET", items.join(" "));
}

const CMDLETS = /^(?:invoke-restmethod|invoke-webrequest|irm|iwr|start-bitstransfer)$/i;

export function isWebCmdlet(word: string): boolean {
  return CMDLETS.test(word);
}

/** @param words the whole command; the cmdlet may stand after an assignment */
export function readWebCmdlet(words: readonly string[]): CommandSighting[] {
  const at = words.findIndex(isWebCmdlet);
  const args = words.slice(at + 1);
  const value = (names: RegExp): string | undefined => {
    const index = args.findIndex((word) => names.test(word));
    if (index === -1) return undefined;
    const colon = args[index]?.indexOf(":") ?? -1;
    return colon > 0 ? args[index]?.slice(colon + 1) : args[index + 1];
  };
  const bits = /^start-bitstransfer$/i.test(words[at] ?? "");
  const isUpload = bits && /^upload$/i.test(value(/^-transfert/i) ?? "");
  const method = bits
    ? isUpload
      ? "PUT"
      : "GET"
    : (value(/^-m(?:e|et|eth|etho|ethod)?(?::|$)/i)?.toUpperCase() ?? value(/^-custommethod/i)?.toUpperCase() ?? "GET");
  const target =
    value(isUpload ? /^-dest/i : bits ? /^-so/i : /^-u(?:r|ri)?(?::|$)/i) ??
    args.find((word) => parseUrl(word) !== null);
  return target === undefined
    ? []
    : request(parseUrl(target) ?? parseBareUrl(target), method, value(/^-b(?:o|od|ody)?(?::|$)/i) ?? "");
}

/** Addresses looked at in one text. */
const MAX_URLS = 256;
const SCHEMES = /\b(?:git\+)?(?:https?|ssh|git):\/\//gi;

/**
 * URLs anywhere in a text, for programs and scripts not known better: python, node, PowerShell code. The method is what
 * the code around says, if it says one.
 */
export function readCode(text: string): CommandSighting[] {
  const sightings: CommandSighting[] = [];
  const method = methodIn(text);
  const pushes = /\bgit(?:\.exe)?["',\s]{1,8}push\b/i.test(text);
  let looked = 0;
  for (const match of text.matchAll(SCHEMES)) {
    if ((looked += 1) > MAX_URLS) break;
    const address = parseUrl(text.slice(match.index, urlEnd(text, match.index)));
    if (address === null) continue;
    if (address.scheme.startsWith("git+"))
      sightings.push({
        kind: "repository",
        address: { ...address, scheme: address.scheme.slice(4), path: withoutRevision(address.path) },
        operation: "fetch",
      });
    else if (pushes) sightings.push({ kind: "repository", address, operation: "push" });
    else sightings.push(...request(address, method, text.length <= 4096 ? text : ""));
  }
  return sightings;
}

/** pip writes the revision behind the address: `…/tools.git@v1`. */
function withoutRevision(path: string): string {
  const at = path.lastIndexOf("@");
  return at > path.lastIndexOf("/") && at > 1 ? path.slice(0, at) : path;
}

function urlEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length && at - from < 8192; at += 1) {
    const code = text.charCodeAt(at);
    // blank and control characters, quotes, brackets of code, comma, backtick, pipe
    if (
      code <= 0x20 ||
      code === 0x22 ||
      code === 0x27 ||
      code === 0x60 ||
      code === 0x28 ||
      code === 0x29 ||
      code === 0x2c ||
      code === 0x3c ||
      code === 0x3e ||
      code === 0x5d ||
      code === 0x7c ||
      code === 0x7d ||
      code === 0x3b
    )
      break;
  }
  return at;
}

function methodIn(text: string): string | null {
  const named =
    /\bmethod["']?[\s:=]{1,8}["']?(get|put|post|patch|delete)\b/i.exec(text) ??
    /\brequest\(\s{0,8}["'](get|put|post|patch|delete)["']/i.exec(text) ??
    /\.(put|post|patch|delete)(?:async|json|_file)?\s{0,8}\(/i.exec(text);
  if (named?.[1] !== undefined) return named[1].toUpperCase();
  if (
    /\bupload(?:file|string|data|values)(?:async|taskasync)?\b|-infile\b|\bdata\s{0,4}=|\bopen\([^)]{0,200}["']POST["']/i.test(
      text,
    )
  )
    return "POST";
  return /\bdownload(?:file|string|data)|\.get\(|urlopen\(|urlretrieve\(/i.test(text) ? "GET" : null;
}

function request(address: GitAddress | null, method: string | null, body: string): CommandSighting[] {
  if (address === null || address.scheme === "file") return [];
  const visibility = visibilityIn(body);
  // A change of visibility shows in the body alone.
  const operation: Operation | undefined = method === "PATCH" && visibility === "public" ? "share" : undefined;
  return [{ kind: "request", address, method, operation, visibility }];
}

function visibilityIn(body: string): Visibility | undefined {
  if (
    /["']?(?:private)["']?\s{0,4}[:=]\s{0,4}["']?(?:false|\$false)|["']?visibility["']?\s{0,4}[:=]\s{0,4}["']?public/i.test(
      body,
    )
  )
    return "public";
  if (
    /["']?(?:private)["']?\s{0,4}[:=]\s{0,4}["']?(?:true|\$true)|["']?visibility["']?\s{0,4}[:=]\s{0,4}["']?(?:private|internal)/i.test(
      body,
    )
  )
    return "private";
  return undefined;
}
