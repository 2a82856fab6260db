/** Invented rules for the Sigma benchmark: shapes and proportions of public ones. */
import { ACTIONS, FOLDERS, letters, OKTA, pick, PROGRAMS, random, WORDS, type Next } from "./sigma-words.ts";

type Map = Record<string, unknown>;

const unusual = (next: Next) =>
  `${letters(next, 3 + Math.floor(next() * 4))}${pick(next, ["", "-", " ", "_"])}${letters(next, 3 + Math.floor(next() * 5))}`;
const many = (next: Next, low: number, high: number, make: () => string) =>
  Array.from({ length: low + Math.floor(next() * (high - low + 1)) }, make);

/** A rule in the manner of public ones: what a program is, what it was told, and what is known to be harmless. */
function processRule(next: Next): [Map, Map] {
  const image = next() < 0.85 ? `\\${pick(next, PROGRAMS)}.exe` : `\\${unusual(next)}.exe`;
  const detection: Map = {
    selection_img: [
      { "Image|endswith": many(next, 1, 3, () => (next() < 0.5 ? image : `\\${pick(next, PROGRAMS)}.exe`)) },
      { OriginalFileName: `${image.slice(1)}` },
    ],
  };
  const kind = next();
  if (kind < 0.45)
    detection["selection_cli"] = { "CommandLine|contains": many(next, 1, 8, () => ` ${unusual(next)} `) };
  else if (kind < 0.7)
    detection["selection_cli"] = {
      "CommandLine|contains|all": many(next, 2, 4, () => (next() < 0.4 ? pick(next, WORDS) : unusual(next))),
    };
  else if (kind < 0.8)
    detection["selection_cli"] = { "CommandLine|contains|windash": many(next, 1, 3, () => ` -${unusual(next)}`) };
  else if (kind < 0.88)
    detection["selection_parent"] = { "ParentImage|endswith": many(next, 1, 4, () => `\\${unusual(next)}.exe`) };
  else if (kind < 0.94)
    detection["selection_cli"] = {
      "CommandLine|re": `\\s-${letters(next, 2)}[a-z]{2,${4 + Math.floor(next() * 6)}}\\s+${letters(next, 3)}`,
    };
  else detection["selection_cli"] = { "CommandLine|endswith": many(next, 1, 4, () => ` ${unusual(next)}`) };
  if (next() < 0.4)
    detection["filter_main_known"] = {
      "ParentImage|startswith": many(next, 1, 2, () => pick(next, FOLDERS)),
      "CommandLine|contains": unusual(next),
    };
  detection["condition"] =
    detection["filter_main_known"] === undefined
      ? "all of selection_*"
      : "all of selection_* and not 1 of filter_main_*";
  return [{ category: "process_creation", product: "windows" }, detection];
}

function fieldRule(next: Next, category: string, field: string, value: () => string): [Map, Map] {
  const detection: Map = {
    selection: { [`${field}|${pick(next, ["endswith", "contains"])}`]: many(next, 1, 8, value) },
    condition: "selection",
  };
  if (next() < 0.5) {
    detection["filter"] = { "Image|endswith": many(next, 1, 3, () => `\\${pick(next, PROGRAMS)}.exe`) };
    detection["condition"] = "selection and not filter";
  }
  return [{ category, product: "windows" }, detection];
}

/** Rules as Sigma documents; JSON, which is YAML. */
export function benchRules(count: number): string {
  const next = random(count);
  const documents = Array.from({ length: count }, (_, number) => {
    const kind = next();
    const [logsource, detection] = ruleOf(next, kind);
    return JSON.stringify({
      title: `Rule ${number}`,
      id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      status: "test",
      level: "medium",
      logsource,
      detection,
    });
  });
  return documents.join("\n---\n");
}

function ruleOf(next: Next, kind: number): [Map, Map] {
  if (kind < 0.42) return processRule(next);
  if (kind < 0.5)
    return fieldRule(
      next,
      "registry_set",
      "TargetObject",
      () => `\\${unusual(next)}\\${pick(next, ["Run", "Start", "Enabled"])}`,
    );
  if (kind < 0.58)
    return fieldRule(
      next,
      "file_event",
      "TargetFilename",
      () => `\\${unusual(next)}.${pick(next, ["exe", "ps1", "dll"])}`,
    );
  if (kind < 0.63) return fieldRule(next, "image_load", "ImageLoaded", () => `\\${unusual(next)}.dll`);
  if (kind < 0.67) return fieldRule(next, "dns_query", "QueryName", () => `.${unusual(next)}.example`);
  if (kind < 0.71)
    return [
      { category: "network_connection", product: "windows" },
      {
        selection: {
          Initiated: "true",
          "DestinationHostname|contains": many(next, 2, 12, () => `${unusual(next)}.example`),
        },
        filter: { "DestinationIp|cidr": ["10.0.0.0/8", "127.0.0.0/8"] },
        condition: "selection and not filter",
      },
    ];
  if (kind < 0.76)
    return [
      { product: "windows", service: "security" },
      {
        selection: { EventID: 4000 + Math.floor(next() * 900), "ObjectName|contains": unusual(next) },
        condition: "selection",
      },
    ];
  if (kind < 0.84)
    return [
      { category: "proxy" },
      {
        selection: { "c-uri|contains": many(next, 1, 6, () => `/${unusual(next)}`) },
        other: { "c-useragent|startswith": many(next, 1, 4, () => unusual(next)), "cs-bytes|gt": 100_000 },
        condition: "1 of them",
      },
    ];
  if (kind < 0.89)
    return [
      { product: "zeek", service: "dns" },
      { selection: { "query|endswith": many(next, 1, 8, () => `.${unusual(next)}.example`) }, condition: "selection" },
    ];
  if (kind < 0.92)
    return [
      { product: "zeek", service: "http" },
      { selection: { "uri|contains": unusual(next), method: "POST" }, condition: "selection" },
    ];
  if (kind < 0.96)
    return [
      { product: "github", service: "audit" },
      {
        selection: {
          action: many(next, 1, 3, () =>
            next() < 0.3 ? pick(next, ACTIONS) : `${letters(next, 5)}.${letters(next, 6)}`,
          ),
        },
        condition: "selection",
      },
    ];
  return [
    { product: "okta", service: "okta" },
    {
      selection: {
        eventType: many(next, 1, 3, () =>
          next() < 0.2 ? pick(next, OKTA) : `${letters(next, 4)}.${letters(next, 6)}`,
        ),
        "outcome.result": "SUCCESS",
      },
      condition: "selection",
    },
  ];
}
