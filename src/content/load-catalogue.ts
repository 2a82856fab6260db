/** The files of catalogue/ -> one Catalogue. */
import { readdirSync, readFileSync } from "node:fs";
import { contentFolder } from "./folder.ts";
import { InvalidConfigError } from "../model/errors.ts";
import { CatalogueSchema, type Catalogue, type Grammar, type ObjectStorage, type Service } from "../model/catalogue.ts";
import { describeIssues, readYaml, type PlacedYaml } from "./yaml-places.ts";

/** The catalogue that comes with the product. */
export const CATALOGUE = contentFolder("catalogue");

/**
 * Joins every *.yaml of the folders.
 * @throws {InvalidConfigError} when a file does not validate, a service id or a host stands twice, or a grammar is missing
 */
export function loadCatalogue(...folders: readonly string[]): Catalogue {
  const given = folders.length === 0 ? [CATALOGUE] : folders;
  const grammars: Record<string, Grammar> = {};
  const services: Service[] = [];
  const storage: ObjectStorage[] = [];
  const places = new Map<string, string>();
  const once = (what: string, yaml: PlacedYaml, path: readonly PropertyKey[]): void => {
    const place = yaml.placeOf(path);
    const earlier = places.get(what);
    if (earlier !== undefined) throw new InvalidConfigError(`${what} stands already at ${earlier}`, { place });
    places.set(what, `${place.file}:${place.line}`);
  };

  for (const { path, name } of given.flatMap(filesOf)) {
    // Names are enough where there is one folder.
    const yaml = readYaml(readFileSync(path, "utf8"), given.length === 1 ? name : path);
    const result = CatalogueSchema.safeParse(yaml.data);
    const problem =
      yaml.problems[0] ?? (result.success ? undefined : describeIssues(result.error, CatalogueSchema, yaml)[0]);
    if (problem !== undefined) throw new InvalidConfigError(problem.message, { place: problem.place });
    if (!result.success) continue;

    for (const [id, grammar] of Object.entries(result.data.grammars ?? {})) {
      once(`grammar ${id}`, yaml, ["grammars", id]);
      grammars[id] = grammar;
    }
    result.data.services?.forEach((service, index) => {
      once(`service ${service.id}`, yaml, ["services", index]);
      for (const [role, hosts] of Object.entries(service.hosts))
        hosts.forEach((host, at) => once(`host ${host}`, yaml, ["services", index, "hosts", role, at]));
      services.push(service);
    });
    result.data.object_storage?.forEach((entry, index) => {
      once(`object storage ${entry.id}`, yaml, ["object_storage", index]);
      storage.push(entry);
    });
  }
  for (const service of services) {
    if (!Object.hasOwn(grammars, service.grammar))
      throw new InvalidConfigError(`service ${service.id}: there is no grammar "${service.grammar}"`, {
        place: { file: given.join(", ") },
      });
  }
  return { grammars, services, object_storage: storage };
}

function filesOf(folder: string): { path: string; name: string }[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .toSorted()
      .map((name) => ({ path: `${folder}/${name}`, name }));
  } catch (cause) {
    throw new InvalidConfigError("cannot be read: name a folder of catalogue files", {
      place: { file: folder },
      cause,
    });
  }
}
