/** Who a proxy or web server says a request came from -> user. */
import type { OcsfUser } from "../../../model/activity.ts";
import { emailAddress } from "../api-activity.ts";

/** What stands in the place of a name where nobody signed in. */
const NOBODY: ReadonlySet<string> = new Set([
  "",
  "-",
  "n/a",
  "na",
  "none",
  "null",
  "unknown",
  "unauthenticated",
  "undefined",
]);

/** What OCSF's email_t takes; other text with an at sign stays a name. */
/**
 * `alice`, `alice@acme.example`, `ACME\alice` (the backslash doubled or as %5C too); undefined where it names nobody.
 * An address is the name and the e-mail address; a Windows domain is kept apart from the name.
 */
export function loginOf(login: string | undefined): OcsfUser | undefined {
  if (login === undefined || NOBODY.has(login.length > 16 ? login : login.trim().toLowerCase())) return undefined;
  const text = decodePercent(login.trim()).replace(/\\\\/g, "\\");
  const slash = text.indexOf("\\");
  if (slash > 0 && slash < text.length - 1) return { name: text.slice(slash + 1), domain: text.slice(0, slash) };
  const email = emailAddress(text);
  return email === undefined ? { name: text } : { name: text, email_addr: email };
}

/** Percent-encoding taken off where the whole is validly encoded; else the text as it is. */
export function decodePercent(text: string): string {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
