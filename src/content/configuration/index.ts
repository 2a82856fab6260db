/**
 * sallyport.yaml and the files of the folder sallyport.d beside it -> Configuration, with every mistake at its place.
 *
 * Sections live in files of their own; this one puts them together. The files are one document: lists are joined in order of the
 * files' names, mappings merged, and a value that two files set differently is a mistake. Paths are relative to the file they stand in.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { InvalidConfigError, type Place } from "../../model/errors.ts";
import { describeIssues, readYaml, type PlacedYaml, type Problem } from "../yaml-places.ts";
import { AccessSchema } from "./access.ts";
import { listen, path, text, tlsFiles } from "./fields.ts";
import { mergeTexts, type ConfigurationText } from "./merge.ts";
import { NotifySchema, type NotifySettings } from "./notify.ts";
import { RetentionSchema } from "./retention.ts";
import { SourceSchema } from "./sources.ts";

export const ConfigurationSchema = z
  .strictObject({
    store: text.optional().meta({
      description: "Folder of the store, an embedded ClickHouse; `./data` when left out.",
    }),
    listen: listen.optional().meta({ description: "Console and API; 127.0.0.1:8440 when left out." }),
    tls: tlsFiles.optional().meta({ description: "Serve console and API over TLS." }),
    access: AccessSchema.optional(),
    retention: RetentionSchema.optional(),
    allowed_hosts: z.array(text).optional().meta({
      description: "Names under which the console is reached, beside addresses, localhost and the machine's own name.",
    }),
    policy: path.optional().meta({ description: "policy.yaml: what is sanctioned." }),
    rules: z.array(path).optional().meta({ description: "Folders of Sigma rules beside the built-in detections." }),
    catalogue: z
      .array(path)
      .optional()
      .meta({ description: "Folders of catalogue files beside the built-in catalogue." }),
    sources: z.array(SourceSchema).optional().meta({ description: "What is collected from." }),
    notify: NotifySchema.optional().meta({ description: "Who is told about incidents." }),
  })
  .meta({ id: "Configuration", description: "A running installation: what `sallyport watch -c` reads." });

type Settings = z.output<typeof ConfigurationSchema>;

/** What the file says, with what it leaves out filled in. Paths are absolute. */
export interface Configuration extends Settings {
  /** Absolute path of the file. */
  readonly file: string;
  /** All files that were read, this one first. */
  readonly files: readonly string[];
  /** Where drop-in files are looked for; it need not exist. */
  readonly dropInFolder: string;
  readonly store: string;
  readonly listen: string;
  readonly rules: string[];
  readonly catalogue: string[];
  readonly sources: z.output<typeof SourceSchema>[];
  readonly notify: NotifySettings[];
}

export interface ConfigurationReading {
  /** null when there is any problem. */
  readonly configuration: Configuration | null;
  /** In reading order. */
  readonly problems: readonly InvalidConfigError[];
  /** Where the value at the path stands. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}

const MAX_FILE_BYTES = 4 << 20;
const MOST_DROP_INS = 200;

/** Reads a configuration with its drop-in files; whatever is wrong with it is among the problems. */
export function readConfiguration(file: string): ConfigurationReading {
  const main = resolve(file);
  const dropInFolder = dropInFolderOf(main);
  const files = [main, ...dropIns(dropInFolder)];
  const texts: ConfigurationText[] = [];
  for (const each of files) {
    try {
      texts.push({ folder: dirname(each), yaml: readYaml(readText(each), each) });
    } catch (cause) {
      if (cause instanceof InvalidConfigError)
        return { configuration: null, problems: [cause], placeOf: () => ({ file: main }) };
      throw cause;
    }
  }
  const yaml = mergeTexts(texts);
  const result = ConfigurationSchema.safeParse(yaml.data);
  const problems = [
    ...yaml.problems,
    ...(result.success ? conflicts(result.data, yaml) : describeIssues(result.error, ConfigurationSchema, yaml)),
  ];
  const placeOf = (at: readonly PropertyKey[]): Place => yaml.placeOf(at);
  if (problems.length > 0 || !result.success) return { configuration: null, problems: problems.map(toError), placeOf };
  const settings = result.data;
  return {
    configuration: {
      ...settings,
      file: main,
      files,
      dropInFolder,
      store: settings.store ?? join(dirname(main), "data"),
      listen: settings.listen ?? "127.0.0.1:8440",
      rules: settings.rules ?? [],
      catalogue: settings.catalogue ?? [],
      sources: settings.sources ?? [],
      notify: settings.notify ?? [],
    },
    problems: [],
    placeOf,
  };
}

/** @throws {InvalidConfigError} for the first problem; the message says how many more there are */
export function loadConfiguration(file: string): Configuration {
  const { configuration, problems } = readConfiguration(file);
  if (configuration !== null) return configuration;
  const [first, ...rest] = problems;
  if (first === undefined) throw new InvalidConfigError("is no configuration", { place: { file } });
  if (rest.length === 0) throw first;
  const message = first.place === undefined ? first.message : first.message.slice(first.message.indexOf(": ") + 2);
  throw new InvalidConfigError(`${message} (and ${rest.length} more)`, {
    place: first.place,
    cause: new AggregateError(problems),
  });
}

/** `sallyport.yaml` -> `sallyport.d` beside it. */
function dropInFolderOf(file: string): string {
  return file.replace(/(?:\.ya?ml)?$/, ".d");
}

function dropIns(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .toSorted()
      .slice(0, MOST_DROP_INS)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readText(file: string): string {
  const place = { file };
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    throw new InvalidConfigError(
      code === "ENOENT" ? "there is no such file" : `cannot be read (${code}): check that the file is yours`,
      { place, cause },
    );
  }
  if (bytes.length > MAX_FILE_BYTES)
    throw new InvalidConfigError(`is larger than ${MAX_FILE_BYTES >> 20} MiB: no configuration`, { place });
  return bytes.toString("utf8");
}

/** What no section can see by itself: names and addresses that are given twice. */
function conflicts(settings: Settings, yaml: PlacedYaml): Problem[] {
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  const once = (what: string, by: string, at: readonly PropertyKey[], message: (earlier: string) => string): void => {
    const earlier = taken.get(what);
    if (earlier === undefined) taken.set(what, by);
    else problems.push({ message: `${at.map(String).join(".")}: ${message(earlier)}`, place: yaml.placeOf(at) });
  };
  once(`tcp ${settings.listen ?? "127.0.0.1:8440"}`, "the console (listen)", ["listen"], () => "");
  for (const [index, source] of (settings.sources ?? []).entries()) {
    once(
      `id ${source.id}`,
      source.id,
      ["sources", index, "id"],
      () => `another source is named "${source.id}" already`,
    );
    if (!("listen" in source)) continue;
    const transport = source.type === "syslog" && source.protocol === "udp" ? "udp" : "tcp";
    if (!source.listen.endsWith(":0"))
      once(
        `${transport} ${source.listen}`,
        `source ${source.id}`,
        ["sources", index, "listen"],
        (earlier) => `${source.listen} is taken by ${earlier} already`,
      );
  }
  return problems;
}

function toError({ message, place }: Problem): InvalidConfigError {
  return new InvalidConfigError(message, { place });
}
