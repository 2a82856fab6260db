/**
 * Rules on events as they are: field names are the rule's own, dots reach into nested objects, of a list any element may
 * match. A rule whose log source contradicts what the event says of itself does not match; where the event says nothing,
 * the detection alone decides.
 */
import type { Logsource } from "./document.ts";
import { isInherited, own } from "./path.ts";
import { keyRole, layoutOf, RAW_ALIASES, type KeyRole, type RawLayout } from "./raw-layout.ts";
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
const ZEEK_PATHS: ReadonlySet<string> = new Set([
  "conn",
  "dns",
  "http",
  "ssl",
  "x509",
  "ssh",
  "smb_files",
  "smb_mapping",
  "dce_rpc",
  "kerberos",
  "ntlm",
  "rdp",
  "files",
  "ftp",
  "smtp",
  "notice",
  "weird",
]);

const ZEEK_KINDS: ReadonlyMap<string, string> = new Map([...ZEEK_PATHS].map((path) => [path, `zeek/${path}`]));

/** Categories each Zeek log can be read as. */
const ZEEK_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  dns: ["dns", "network"],
  http: ["proxy", "webserver"],
  conn: ["firewall", "network"],
  ssl: ["network"],
};

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
  if (family === "windows" || family === "linux")
    return windowsApplies(logsource, { service: first, eventId: Number(second), product: family });
  if (family === "zeek") {
    if (product !== null && product !== "zeek") return false;
    if (
      service !== null &&
      service !== first &&
      !(category === "network" && (service === "connection" || service === "dns"))
    )
      return false;
    return category === null || (ZEEK_CATEGORIES[first] ?? []).includes(category);
  }
  if (family === "dataset") {
    const known = DATASETS.get(first);
    if (known === undefined) return true;
    return (
      (product === null || product === known[0]) && (service === null || known[1] === null || service === known[1])
    );
  }
  return true;
}

class RawReader {
  /** The event last looked at, and its layout: all fields of an event are read in a row. */
  #event: unknown = null;
  #layout: RawLayout = layoutOf(null, keyRole);
  /** Key in lower case → spellings seen in events; the lists are shared with the readers of fields. */
  readonly #spellings = new Map<string, string[]>();
  readonly #roles = new Map<string, KeyRole>();
  readonly #roleOf = (key: string): KeyRole => this.#roles.get(key) ?? this.#learn(key);
  /** Channel, provider and event id → kind: few, and the same text every time. */
  readonly #kinds = new Map<string, Map<string, Map<number, string>>>();

  kindOf(event: unknown): string {
    const { channel, provider, eventId } = this.#open(event);
    if (channel !== "" || provider !== "" || eventId >= 0) {
      const kind = this.#windowsKind(channel, provider, eventId);
      if (kind !== "") return kind;
    }
    const path = own(event, "_path") ?? own(own(event, "zeek"), "log");
    if (typeof path === "string" && ZEEK_PATHS.has(path)) return ZEEK_KINDS.get(path) ?? "";
    const dataset = own(own(event, "event"), "dataset") ?? own(event, "event.dataset");
    return typeof dataset === "string" && DATASETS.has(dataset) ? `dataset/${dataset}` : "";
  }

  /** "" where neither channel nor provider is known to be one of Windows. */
  #windowsKind(channel: string, provider: string, eventId: number): string {
    let byProvider = this.#kinds.get(channel);
    if (byProvider === undefined) {
      if (this.#kinds.size > 1_000) this.#kinds.clear();
      this.#kinds.set(channel, (byProvider = new Map<string, Map<number, string>>()));
    }
    let byId = byProvider.get(provider);
    if (byId === undefined) {
      if (byProvider.size > 1_000) byProvider.clear();
      byProvider.set(provider, (byId = new Map<number, string>()));
    }
    let kind = byId.get(eventId);
    if (kind === undefined) {
      const facts = windowsFacts(channel, provider, eventId);
      kind = facts.service !== "" || provider === "" ? `${facts.product}/${facts.service}/${eventId}` : "";
      byId.set(eventId, kind);
    }
    return kind;
  }

  fieldReader(field: string): (event: unknown) => unknown {
    const parts = field.split(".");
    const names = [field, ...(RAW_ALIASES.get(field.toLowerCase()) ?? []).filter((alias) => alias !== field)];
    const spellings = this.#spellingsOf(field);
    const read = names.some(isInherited)
      ? own
      : (container: object, name: string) => (container as Record<string, unknown>)[name];
    return (event) => {
      const { containers } = this.#open(event);
      for (let index = 0; index < names.length; index++) {
        const name = names[index] as string;
        for (let at = 0; at < containers.length; at++) {
          const value = read(containers[at] as object, name);
          if (value !== undefined) return unwrapped(value);
        }
      }
      if (parts.length > 1 && parts.length <= MAX_DOTS + 1) {
        const exact = this.#nested(event, parts, false);
        const value = exact === undefined ? this.#nested(event, parts, true) : exact;
        if (value !== undefined) return value;
      }
      return this.#otherCase(field, spellings);
    };
  }

  #open(event: unknown): RawLayout {
    if (event !== this.#event) {
      this.#event = event;
      this.#layout = layoutOf(event, this.#roleOf);
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
    for (let index = 0; index < spellings.length; index++) {
      const name = spellings[index] as string;
      if (name === field) continue;
      for (let at = 0; at < containers.length; at++) {
        const value = own(containers[at], name);
        if (value !== undefined) return unwrapped(value);
      }
    }
    if (this.#roles.size < MAX_SPELLINGS) return undefined;
    const lower = field.toLowerCase();
    for (const container of containers) {
      const key = Object.keys(container).find((candidate) => candidate.toLowerCase() === lower);
      if (key !== undefined) return unwrapped(own(container, key));
    }
    return undefined;
  }

  /** Remembers a key met for the first time: its role, and its spelling for fields in another case. */
  #learn(key: string): KeyRole {
    const role = keyRole(key);
    if (this.#roles.size >= MAX_SPELLINGS) return role;
    this.#roles.set(key, role);
    const list = this.#spellingsOf(key);
    if (!list.includes(key)) list.push(key);
    return role;
  }

  /** Dots as nesting, where a key may itself hold dots: `a.b.c` is a → b → c, a.b → c, or a → b.c. */
  #nested(value: unknown, parts: readonly string[], anyCase: boolean): unknown {
    if (Array.isArray(value)) {
      const found: unknown[] = [];
      for (const element of value.slice(0, 10_000)) {
        const inner = this.#nested(element, parts, anyCase);
        // null is a value of its own: the field is there
        if (Array.isArray(inner)) for (const one of inner) found.push(one);
        else if (inner !== undefined) found.push(inner);
      }
      if (found.length > 0) return found;
      const [first = "", ...rest] = parts;
      if (!/^\d{1,6}$/.test(first)) return undefined;
      const element: unknown = value[Number(first)];
      return rest.length === 0 ? unwrapped(element) : this.#nested(element, rest, anyCase);
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
  for (const candidate in value)
    if (candidate.length === key.length && candidate.toLowerCase() === lower) return own(value, candidate);
  return undefined;
}

/** The text of an XML element that was read with its attributes: `{"#attributes": …, "#text": 4624}`. */
function unwrapped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const text = own(value, "#text");
  return text === undefined ? value : text;
}
