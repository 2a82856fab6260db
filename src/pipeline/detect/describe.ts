/** What an event shows, in one line for the analyst's timeline. Secrets that command lines and addresses carry are masked. */
import type { OcsfEvent } from "../../model/activity.ts";

const LONGEST = 200;
/** Read of one text: secrets further back do not reach the line. */
const READ = 1_024;

/** Empty where the event has nothing to say beyond what its destination says. */
export function describeEvent(event: OcsfEvent): string {
  return masked(oneLine(event)).slice(0, LONGEST);
}

function oneLine(event: OcsfEvent): string {
  const { process, file, http_request: request, api, query, tls, dst_endpoint: target } = event;
  if (event.class_uid === 1007) return head(process?.cmd_line ?? process?.file?.path);
  if (event.script !== undefined) return head(event.script.script_content.value);
  if (event.class_uid === 1001 && file !== undefined) {
    const program = event.actor?.process?.name;
    return `${program === undefined ? "" : `${program}: `}${(event.activity_name ?? "access").toLowerCase()} ${head(file.path ?? file.name)}`;
  }
  const url = request?.url ?? event.url;
  if (api !== undefined) {
    const what =
      url?.path === undefined
        ? (event.resources ?? [])
            .map(({ name }) => name ?? "")
            .slice(0, 3)
            .join(", ")
        : `${request?.http_method ?? ""} ${head(url.path)}`;
    return `${api.operation} ${what}`.trim();
  }
  if (url !== undefined) {
    const address = url.path === undefined ? (url.url_string ?? url.hostname) : `${url.hostname ?? ""}${url.path}`;
    return `${request?.http_method ?? ""} ${head(address)}`.trim();
  }
  if (query?.hostname !== undefined) return `lookup of ${head(query.hostname)}`;
  const program = event.actor?.process?.name;
  const name = tls?.sni ?? target?.hostname ?? target?.ip;
  if (name === undefined) return "";
  return `${program === undefined ? "" : `${program}: `}connection to ${head(name)}${target?.port === undefined ? "" : `:${target.port}`}`;
}

function head(text: string | undefined): string {
  return text === undefined ? "" : text.slice(0, READ);
}

/** A user's password in an address, tokens of code hosts, and what follows the word token, bearer, basic or password. */
const SECRETS =
  /(:\/\/)[^\s/@]{1,256}@|\b(gh[pousr]_|github_pat_|glpat-|hf_|npm_|xox[abp]-)[\w-]{4,255}|\b((?:token|bearer|basic|passw(?:or)?d)[ =:"']{1,3})(?![ =:"'])[^\s"']{6,256}/gi;

function masked(text: string): string {
  return text.replaceAll(
    SECRETS,
    (_, scheme: string | undefined, prefix: string | undefined, word: string | undefined) =>
      `${scheme ?? prefix ?? word ?? ""}…${scheme === undefined ? "" : "@"}`,
  );
}
