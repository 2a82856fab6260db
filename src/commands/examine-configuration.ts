/** A configuration with all it names, examined: what keeps it from running, and what is merely suspicious. */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname } from "node:path";
import type { BackendContent } from "../backend/index.ts";
import { readConfiguration, type Configuration, type ConfigurationReading } from "../content/configuration/index.ts";
import { exposureOf, readSecret } from "../content/configuration/secret.ts";
import { readPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { nearestName } from "../content/yaml-places.ts";
import { InvalidConfigError, InvalidRuleError, SallyportError, type Place } from "../model/errors.ts";
import { maps } from "../pipeline/conform/index.ts";
import { parseSigma } from "../pipeline/detect/sigma/index.ts";
import { loadContent } from "./watch-content.ts";

export interface Warning {
  readonly message: string;
  readonly place: Place | undefined;
}

export interface Examination {
  /** null when there is any error. */
  readonly configuration: Configuration | null;
  readonly content: BackendContent | null;
  readonly errors: readonly SallyportError[];
  readonly warnings: readonly Warning[];
}

/** Reads everything that `watch` would; changes nothing. */
export function examineConfiguration(file: string): Examination {
  const reading = readConfiguration(file);
  const { configuration } = reading;
  if (configuration === null) return { configuration, content: null, errors: reading.problems, warnings: [] };
  const errors: SallyportError[] = [];
  const warnings: Warning[] = [];
  examineSecrets(reading, configuration, [], errors, warnings);
  errors.push(...unknownMaps(reading, configuration), ...storeProblems(reading, configuration));
  warnings.push(...suspiciousAddresses(reading, configuration), ...missingPaths(reading, configuration));
  errors.push(...policyProblems(reading, configuration), ...ruleProblems(reading, configuration));
  let content: BackendContent | null = null;
  try {
    if (errors.length === 0) content = loadContent(configuration);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    errors.push(error);
  }
  return { configuration: errors.length === 0 ? configuration : null, content, errors, warnings };
}

/** PEM files that hold nothing secret. */
const PUBLIC = /(?:certificate|ca)_file$/;

/** Every `NAME_file` and `NAME_env` of the configuration, wherever it stands. */
function examineSecrets(
  reading: Pick<ConfigurationReading, "placeOf">,
  value: unknown,
  path: readonly PropertyKey[],
  errors: SallyportError[],
  warnings: Warning[],
): void {
  if (typeof value !== "object" || value === null || path.length > 12) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (typeof inner !== "string" || !/_(?:file|env)$/.test(key)) {
      examineSecrets(reading, inner, at, errors, warnings);
      continue;
    }
    const reference = key.endsWith("_env") ? { env: inner } : { file: inner };
    try {
      if (PUBLIC.test(key)) accessSync(inner, constants.R_OK);
      else {
        readSecret(reference);
        const exposed = exposureOf(reference);
        if (exposed !== null) warnings.push({ message: exposed, place: reading.placeOf(at) });
      }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      errors.push(
        new InvalidConfigError(`${at.map(String).join(".")}: ${message}`, { place: reading.placeOf(at), cause }),
      );
    }
  }
}

function unknownMaps({ placeOf }: ConfigurationReading, { sources }: Configuration): InvalidConfigError[] {
  const known = maps.map(({ id }) => id);
  return sources.flatMap((source, index) => {
    if (
      !("source" in source) ||
      source.source === undefined ||
      source.source === "auto" ||
      known.includes(source.source)
    )
      return [];
    const nearest = nearestName(source.source, known);
    const hint = nearest === null ? "docs/reference/sources.md lists them all" : `did you mean "${nearest}"?`;
    return [
      new InvalidConfigError(`sources.${index}.source: no source has the id "${source.source}"; ${hint}`, {
        place: placeOf(["sources", index, "source"]),
      }),
    ];
  });
}

function storeProblems({ placeOf }: ConfigurationReading, { store }: Configuration): InvalidConfigError[] {
  if (/^https?:\/\//i.test(store))
    return [
      new InvalidConfigError(
        "store: this release keeps its store in a folder, no ClickHouse server yet: name a folder",
        {
          place: placeOf(["store"]),
        },
      ),
    ];
  // The nearest folder that exists has to let us make the rest.
  let folder = store;
  while (statSync(folder, { throwIfNoEntry: false }) === undefined && dirname(folder) !== folder)
    folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory())
      return [new InvalidConfigError(`store: ${folder} is no folder`, { place: placeOf(["store"]) })];
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch (cause) {
    const message = `store: ${folder} cannot be written to: make it yours, or name another folder`;
    return [new InvalidConfigError(message, { place: placeOf(["store"]), cause })];
  }
}

function suspiciousAddresses({ placeOf }: ConfigurationReading, configuration: Configuration): Warning[] {
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address.toLowerCase())),
  );
  const look = (listen: string, at: readonly PropertyKey[]): Warning[] => {
    const parts = /^\[?([^\]]*?)\]?:(\d+)$/.exec(listen);
    const host = (parts?.[1] ?? "").toLowerCase();
    const isAddress = /^[\d.]+$|:/.test(host);
    const everywhere = host === "" || host === "0.0.0.0" || host === "::";
    const found: Warning[] = [];
    if (isAddress && !everywhere && !host.startsWith("127.") && host !== "::1" && !own.has(host))
      found.push({
        message: `${at.map(String).join(".")}: ${host} is no address of this machine now`,
        place: placeOf(at),
      });
    if (Number(parts?.[2]) < 1024 && Number(parts?.[2]) > 0 && process.getuid?.() !== 0)
      found.push({
        message: `${at.map(String).join(".")}: ports below 1024 take a privilege (CAP_NET_BIND_SERVICE) that this user may not have`,
        place: placeOf(at),
      });
    return found;
  };
  return [
    ...look(configuration.listen, ["listen"]),
    ...configuration.sources.flatMap((source, index) =>
      "listen" in source ? look(source.listen, ["sources", index, "listen"]) : [],
    ),
  ];
}

/** Folders of followed files may come later, which is why they are no error. */
function missingPaths({ placeOf }: ConfigurationReading, { sources }: Configuration): Warning[] {
  return sources.flatMap((source, index) => {
    if (source.type !== "file") return [];
    return source.paths.flatMap((pattern, at) => {
      const fixed = pattern.split(/[*?[]/, 1)[0] ?? "";
      const folder = fixed === pattern || !fixed.endsWith("/") ? dirname(fixed) : fixed;
      const place = placeOf(["sources", index, "paths", at]);
      try {
        accessSync(folder, constants.R_OK | constants.X_OK);
        return [];
      } catch (cause) {
        const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
        const what = missing ? "does not exist yet" : "cannot be read by this user";
        return [{ message: `sources.${index}.paths.${at}: ${folder} ${what}`, place }];
      }
    });
  });
}

function policyProblems({ placeOf }: ConfigurationReading, { policy }: Configuration): SallyportError[] {
  if (policy === undefined) return [];
  let text: string;
  try {
    text = readFileSync(policy, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    const what = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    const message = `policy: ${policy} ${what}; \`policy: \` may be left out while there is none`;
    return [new InvalidConfigError(message, { place: placeOf(["policy"]), cause })];
  }
  return [...readPolicy(text, policy).problems];
}

/** Every mistake of the rules beside the built-in ones. */
function ruleProblems({ placeOf }: ConfigurationReading, { rules }: Configuration): SallyportError[] {
  return rules.flatMap((path, index): SallyportError[] => {
    if (path === DETECTIONS) return [];
    try {
      return loadRules([path]).flatMap(({ file, text }) =>
        parseSigma(text, file)
          .issues.filter(({ severity }) => severity === "error")
          .map(({ message, place }) => new InvalidRuleError(message, { place })),
      );
    } catch (cause) {
      if (!(cause instanceof SallyportError)) throw cause;
      return [new InvalidConfigError(`rules.${index}: ${cause.message}`, { place: placeOf(["rules", index]), cause })];
    }
  });
}
