/** policy.yaml -> Policy, with every mistake at its place. */
import { readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { InvalidPolicyError } from "../model/errors.ts";
import { PolicySchema, type Policy } from "../model/policy.ts";
import { describeIssues, readYaml, type Problem } from "./yaml-places.ts";

export interface PolicyReading {
  /** null when there is any problem. */
  readonly policy: Policy | null;
  readonly problems: readonly InvalidPolicyError[];
}

/**
 * Reads a policy file.
 * @throws {InvalidPolicyError} for the first mistake, in reading order; the message says how many more there are
 */
export function loadPolicy(path: string): Policy {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidPolicyError(`cannot be read: ${cause instanceof Error ? cause.message : "unknown reason"}`, {
      place: { file: path },
      cause,
    });
  }
  const { policy, problems } = readPolicy(text, path);
  if (policy !== null) return policy;
  const [first, ...rest] = problems;
  if (first === undefined) throw new InvalidPolicyError("is not a policy", { place: { file: path } });
  if (rest.length === 0) throw first;
  const message = first.message.slice(first.message.indexOf(": ") + 2);
  throw new InvalidPolicyError(`${message} (and ${rest.length} more)`, {
    place: first.place,
    cause: new AggregateError(problems),
  });
}

/** @param file names the text in messages */
export function readPolicy(text: string, file: string): PolicyReading {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) return failed(yaml.problems);
  // An empty file says nothing, which is a policy.
  const result = PolicySchema.safeParse(yaml.data ?? {});
  if (!result.success) return failed(describeIssues(result.error, PolicySchema, yaml));

  const problems: Problem[] = [];
  const checkAddress = (value: string, path: readonly PropertyKey[]): void => {
    if (!isAddressOrRange(value))
      problems.push({
        message: `${path.map(String).join(".")}: "${value}" is no address and no range`,
        place: yaml.placeOf(path),
      });
  };
  result.data.sanctioned?.addresses?.forEach((value, index) => checkAddress(value, ["sanctioned", "addresses", index]));
  result.data.inventory?.forEach((entry, index) => checkAddress(entry.address, ["inventory", index, "address"]));
  return problems.length > 0 ? failed(problems) : { policy: result.data, problems: [] };
}

function isAddressOrRange(value: string): boolean {
  return value.includes("/")
    ? ipaddr.isValidCIDR(value)
    : ipaddr.isValid(value) && (value.includes(":") || value.split(".").length === 4);
}

function failed(problems: readonly Problem[]): PolicyReading {
  const inOrder = problems.toSorted(
    (a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
  );
  return { policy: null, problems: inOrder.map(({ message, place }) => new InvalidPolicyError(message, { place })) };
}
