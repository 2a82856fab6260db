/**
 * Rules on events as they are: field names are the rule's own, dots reach into nested objects, of a list any element may
 * match. A rule whose log source contradicts what the event says of itself does not match; where the event says nothing,
 * the detection alone decides.
 */
import type { Logsource } from "./document.ts";
import { own } from "./path.ts";
import { layoutOf, RAW_ALIASES, type RawLayout } from "./raw-layout.ts";
import type { CompileOptions } from "./rule-set.ts";
import { windowsApplies, windowsFacts } from "./windows-logs.ts";

/** Names of keys that are remembered; an event stream with more different ones is searched key by key. */
const MAX_SPELLINGS = 20_000;
const MAX_DOTS = 8;

/** Zeek's `_path`, ECS `event.dataset` and the like → the product and service they mean. */
const DATASETS: ReadonlyMap<string, readonly [product: string, service: string | null]> = new Map([
  ["aws.cloudtrail", ["aws", "cloudtrail"]],
  ["okta.system", ["okta", "okta"]],
  ["github.audit", ["github", "audit"]],
  ["gitlab.audit", ["gitlab", "audit"]],
  ["azure.activitylogs", ["azure", "activitylogs"]],
  ["azure.auditlogs", ["azure", "auditlogs"]],
  ["azure.signinlogs", ["azure", "signinlogs"]],
  ["gcp.audit", ["gcp", "gcp.audit"]],
  ["o365.audit", ["m365", null]],
  ["kubernetes.audit_logs", ["kubernetes", "audit"]],
  ["auditd.log", ["linux", "auditd"]],
]);
const ZEEK_PATHS: ReadonlySet<string> = new Set(["conn", "dns", "http", "ssl", "x509", "ssh", "smb_files", "smb_mapping", "dce_rpc", "kerberos", "ntlm", "rdp", "files", "ftp", "smtp", "notice", "weird"]);

/** Categories each Zeek log can be read as. */
const ZEEK_CATEGORIES: Readonly<Record<string, readonly string[]>> = { dns: ["dns", "network"], http: ["proxy", "webserver"], conn: ["firewall", "network"], ssl: ["network"] };

/** Options of `compileRules` for events as they are. One set of options serves one rule set. */
export function rawEventOptions(): Pick<CompileOptions<unknown>, "resolve" | "kindOf" | "applies"> {
  const reader = new RawReader();
  return {
    resolve: (_, field) => ({ key: field, read: reader.fieldReader(field) }),
    kindOf: (event) => reader.kindOf(event),
    applies: rawApplies,
  };
}

/** Whether a rule's log source can be that of events of the kind. */
export function rawApplies(logsource: Logsource, kind: string): boolean {
  const [family, first = "", second = ""] = kind.split("/");
  const { product, service, category } = logsource;
  if (product === "ocsf") return family === "";
  if (family === "windows" || family === "linux") return windowsApplies(logsource, { service: first, eventId: Number(second), product: family });
  if (family === "zeek") {
    if (product !== null && product !== "zeek") return false;
    if (service !== null && service !== first && !(category === "network" && (service === "connection" || service === "dns"))) return false;
    return category === null || (ZEEK_CATEGORIES[first] ?? []).includes(category);
  }
  if (family === "dataset") {
    const known = DATASETS.get(first);
    if (known === undefined) return true;
    return (product === null || product === known[0]) && (service === null || known[1] === null || service === known[1]);
  }
  return true;
}

class RawReader {
  /** The event last looked at, and its layout: all fields of an event are read in a row. */
  #event: unknown = null;
  #layout: RawLayout = layoutOf(null);
  #learned = false;
  /** Key in lower case → spellings seen in events; the lists are shared with the readers of fields. */
  readonly #spellings = new Map<string, string[]>();
  readonly #known = new Set<string>();

  kindOf(event: unknown): string {
    const { channel, provider, eventId } = this.#open(event);
    if (channel !== "" || provider !== "" || eventId >= 0) {
      const facts = windowsFacts(channel, provider, eventId);
      if (facts.service !== "" || (eventId >= 0 && provider === "")) return `${facts.product}/${facts.service}/${eventId}`;
    }
    const path = own(event, "_path") ?? own(own(event, "zeek"), "log");
    if (typeof path === "string" && ZEEK_PATHS.has(path)) return `zeek/${path}`;
    const dataset = own(own(event, "event"), "dataset") ?? own(event, "event.dataset");
    if (typeof dataset === "string" && DATASETS.has(dataset)) return `dataset/${dataset}`;
    return "";
  }

  fieldReader(field: string): (event: unknown) => unknown {
    const parts = field.split(".");
    const names = [field, ...(RAW_ALIASES.get(field.toLowerCase()) ?? []).filter((alias) => alias !== field)];
    const spellings = this.#spellingsOf(field);
    return (event) => {
      const { containers } = this.#open(event);
      for (let index = 0; index < names.length; index++) {
        const name = names[index] as string;
        for (let at = 0; at < containers.length; at++) {
          const value = own(containers[at], name);
          if (value !== undefined) return unwrapped(value);
        }
      }
      if (parts.length > 1 && parts.length <= MAX_DOTS + 1) {
        const value = this.#nested(event, parts, false) ?? this.#nested(event, parts, true);
        if (value !== undefined) return value;
      }
      return this.#otherCase(field, spellings);
    };
  }

  #open(event: unknown): RawLayout {
    if (event !== this.#event) {
      this.#event = event;
      this.#layout = layoutOf(event);
      this.#learned = false;
    }
    return this.#layout;
  }

  #spellingsOf(name: string): string[] {
    const lower = name.toLowerCase();
    let list = this.#spellings.get(lower);
    if (list === undefined) this.#spellings.set(lower, (list = []));
    return list;
  }

  /** The field by another spelling of its name. */
  #otherCase(field: string, spellings: readonly string[]): unknown {
    const { containers } = this.#layout;
    if (!this.#learned) {
      this.#learned = true;
      for (const container of containers) this.#learn(container);
    }
    for (let index = 0; index < spellings.length; index++) {
      const name = spellings[index] as string;
      if (name === field) continue;
      for (let at = 0; at < containers.length; at++) {
        const value = own(containers[at], name);
        if (value !== undefined) return unwrapped(value);
      }
    }
    if (this.#known.size < MAX_SPELLINGS) return undefined;
    const lower = field.toLowerCase();
    for (const container of containers) {
      const key = Object.keys(container).find((candidate) => candidate.toLowerCase() === lower);
      if (key !== undefined) return unwrapped(own(container, key));
    }
    return undefined;
  }

  #learn(container: object): void {
    const known = this.#known;
    for (const key in container) {
      if (known.has(key) || known.size >= MAX_SPELLINGS) continue;
      known.add(key);
      const list = this.#spellingsOf(key);
      if (!list.includes(key)) list.push(key);
    }
  }

  /** Dots as nesting, where a key may itself hold dots: `a.b.c` is a → b → c, a.b → c, or a → b.c. */
  #nested(value: unknown, parts: readonly string[], anyCase: boolean): unknown {
    if (Array.isArray(value)) {
      const found = value.slice(0, 10_000).flatMap((element) => this.#nested(element, parts, anyCase) ?? []);
      return found.length > 0 ? found : undefined;
    }
    if (typeof value !== "object" || value === null) return undefined;
    for (let length = 1; length <= parts.length; length++) {
      const key = parts.slice(0, length).join(".");
      const child = anyCase ? ownAnyCase(value, key) : own(value, key);
      if (child === undefined) continue;
      if (length === parts.length) return unwrapped(child);
      const found = this.#nested(child, parts.slice(length), anyCase);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function ownAnyCase(value: object, key: string): unknown {
  const exact = own(value, key);
  if (exact !== undefined) return exact;
  const lower = key.toLowerCase();
  for (const candidate in value) if (candidate.length === key.length && candidate.toLowerCase() === lower) return own(value, candidate);
  return undefined;
}

/** The text of an XML element that was read with its attributes: `{"#attributes": …, "#text": 4624}`. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const text = own(value, "#text");
  return text === undefined ? value : text;
}
