/**
 * Names that imitate a sanctioned one: `githib.com`, `g1thub.com`, `github.com.login.example`, `github.com/acrne`.
 *
 * Two names are alike when they look the same after letters that are mistaken for each other are made one (`rn` and `m`,
 * `0` and `o`, Cyrillic and Latin), or when one letter is missing, added, swapped or another (two in long names).
 */
import { domainToUnicode } from "node:url";
import { getDomain } from "tldts";
import { BoundedCache } from "./bounded-cache.ts";

export interface LookAlikes {
  /** The sanctioned host this one imitates, or null. Not to be asked for hosts of the catalogue. */
  ofHost(host: string): string | null;
  /** `host/owner` this owner on the same host imitates, or null. */
  ofOwner(host: string, owner: string): string | null;
}

/** One edit is told apart from a name of its own only in names at least this long. */
const MIN_HOST = 8;
const MIN_OWNER = 4;
const TWO_EDITS_FROM = 12;
const CACHED = 20_000;

/**
 * @param hosts sanctioned hosts, lower case
 * @param owners sanctioned `host/owner` pairs, lower case
 */
export function createLookAlikes(
  hosts: readonly string[],
  owners: readonly { readonly host: string; readonly owner: string }[],
): LookAlikes {
  const models = hosts.map((host) => ({ host, domain: getDomain(host) ?? host, skeleton: skeletonOf(host) }));
  const ownerModels = owners.map((entry) => ({ ...entry, skeleton: skeletonOf(entry.owner) }));
  const known = new Set(hosts);
  const hostCache = new BoundedCache<string | null>(CACHED);
  const ownerCache = new BoundedCache<string | null>(CACHED);

  const findHost = (host: string): string | null => {
    if (known.has(host)) return null;
    const domain = getDomain(host) ?? host;
    // Everything under an own domain is the organisation's.
    if (models.some((model) => model.domain === domain)) return null;
    const skeleton = skeletonOf(host);
    const domainSkeleton = skeletonOf(domain);
    for (const model of models) {
      if (host.startsWith(`${model.host}.`) || host.startsWith(`${model.host}-`)) return model.host;
      if (alike(host, skeleton, model.host, model.skeleton, MIN_HOST)) return model.host;
      // `api.githib.com` imitates github.com as `githib.com` does.
      if (host !== domain && alike(domain, domainSkeleton, model.domain, skeletonOf(model.domain), MIN_HOST))
        return model.host;
    }
    return null;
  };

  return {
    ofHost: (host) => {
      if (models.length === 0) return null;
      const cached = hostCache.get(host);
      return cached !== undefined ? cached : hostCache.set(host, findHost(host));
    },
    ofOwner: (host, owner) => {
      if (ownerModels.length === 0) return null;
      const key = `${host}/${owner}`;
      const cached = ownerCache.get(key);
      if (cached !== undefined) return cached;
      const skeleton = skeletonOf(owner);
      const here = ownerModels.filter((model) => model.host === host);
      const model = here.some((candidate) => candidate.owner === owner)
        ? undefined
        : here.find((candidate) => alike(owner, skeleton, candidate.owner, candidate.skeleton, MIN_OWNER));
      return ownerCache.set(key, model === undefined ? null : `${model.host}/${model.owner}`);
    },
  };
}

function alike(name: string, skeleton: string, model: string, modelSkeleton: string, minimum: number): boolean {
  if (name === model || name.length > 253) return false;
  if (skeleton === modelSkeleton) return true;
  if (model.length < minimum) return false;
  const allowed = model.length >= TWO_EDITS_FROM ? 2 : 1;
  return Math.abs(name.length - model.length) <= allowed && withinEdits(name, model, allowed);
}

const CONFUSABLE: ReadonlyMap<string, string> = new Map([
  ["0", "o"],
  ["1", "l"],
  ["i", "l"],
  ["3", "e"],
  ["5", "s"],
  ["а", "a"],
  ["е", "e"],
  ["о", "o"],
  ["р", "p"],
  ["с", "c"],
  ["у", "y"],
  ["х", "x"],
  ["і", "l"],
  ["ї", "l"],
  ["ѕ", "s"],
  ["ԁ", "d"],
  ["һ", "h"],
  ["ь", "b"],
  ["ɡ", "g"],
  ["ց", "g"],
  ["ս", "u"],
  ["ո", "n"],
  ["α", "a"],
  ["ο", "o"],
  ["ν", "v"],
  ["ι", "l"],
  ["ı", "l"],
  ["т", "t"],
  ["м", "m"],
  ["к", "k"],
  ["н", "h"],
  ["в", "b"],
  ["ⅼ", "l"],
]);

/** What a reader takes the name for at a glance. */
export function skeletonOf(name: string): string {
  const shown = name.includes("xn--") ? domainToUnicode(name.slice(0, 253)) : name.slice(0, 253);
  const letters = shown.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  let skeleton = "";
  for (const letter of letters) skeleton += CONFUSABLE.get(letter) ?? letter;
  return skeleton.replaceAll("rn", "m").replaceAll("vv", "w").replaceAll("cl", "d").replaceAll(/[-_]/g, "");
}

/** Damerau-Levenshtein distance (neighbours swapped count once) at most `allowed`. */
function withinEdits(left: string, right: string, allowed: number): boolean {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= right.length; column += 1) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1);
      let distance = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        left.charCodeAt(row - 1) === right.charCodeAt(column - 2) &&
        left.charCodeAt(row - 2) === right.charCodeAt(column - 1);
      if (swapped) distance = Math.min(distance, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(distance);
      best = Math.min(best, distance);
    }
    if (best > allowed) return false;
    beforePrevious = previous;
    previous = current;
  }
  return (previous[right.length] ?? 0) <= allowed;
}
