/** What one command says of a code host. */
import type { DestinationContext } from "../../../../model/activity.ts";
import type { GitAddress } from "../git-address.ts";
import type { Endpoint, Operation } from "../routes.ts";

export type Visibility = DestinationContext["visibility"];

export type CommandSighting =
  /** A repository's address handed to git: certain to be one, on whatever host. */
  | { readonly kind: "repository"; readonly address: GitAddress; readonly operation: Operation }
  /** An HTTP request: counts where its host or its shape is known. */
  | {
      readonly kind: "request";
      readonly address: GitAddress;
      readonly method: string | null;
      readonly operation?: Operation | undefined;
      readonly visibility?: Visibility | undefined;
    }
  /** A name the tool resolves on a host of its own: `gh repo create acme/tools`. */
  | {
      readonly kind: "named";
      readonly host: string;
      /** `owner/name`, `datasets/owner/name`, or empty. */
      readonly name: string;
      readonly endpoint: Endpoint;
      readonly operation: Operation;
      readonly visibility?: Visibility | undefined;
    };

/** Options of a command, taken apart. */
export interface Options {
  /** The first value of the option, or undefined; an empty string for one that has no value. */
  get(...names: readonly string[]): string | undefined;
  has(...names: readonly string[]): boolean;
  all(name: string): readonly string[];
  /** Words that are no options and no values of options. */
  readonly words: readonly string[];
}

/**
 * @param takesValue options whose value is the next word; `--name=value` needs no entry
 * @param clustered `-sSLX PUT`: single letters in one word, of which the last may take a value
 */
export function parseOptions(args: readonly string[], takesValue: ReadonlySet<string>, clustered = false): Options {
  const values = new Map<string, string[]>();
  const words: string[] = [];
  const note = (name: string, value: string): void => {
    const list = values.get(name);
    if (list === undefined) values.set(name, [value]);
    else list.push(value);
  };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      words.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") words.push(arg);
    else if (arg.startsWith("--") || !clustered) {
      const equals = arg.indexOf("=");
      if (equals > 0) note(arg.slice(0, equals), arg.slice(equals + 1));
      else if (takesValue.has(arg)) note(arg, args[(at += 1)] ?? "");
      else note(arg, "");
    } else {
      for (let letter = 1; letter < arg.length; letter += 1) {
        const name = `-${arg[letter]}`;
        if (!takesValue.has(name)) note(name, "");
        else {
          const rest = arg.slice(letter + 1);
          note(name, rest !== "" ? rest : (args[(at += 1)] ?? ""));
          break;
        }
      }
    }
  }
  return {
    get: (...names) => names.map((name) => values.get(name)?.[0]).find((value) => value !== undefined),
    has: (...names) => names.some((name) => values.has(name)),
    all: (name) => values.get(name) ?? [],
    words,
  };
}
