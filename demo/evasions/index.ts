/** The 36 evasions, each with what is seen of it and what is not. A test holds the examples to what they say. */
import { account } from "./account.ts";
import { destination } from "./destination.ts";
import type { Evasion } from "./scene.ts";
import { tool } from "./tool.ts";
import { transport } from "./transport.ts";

export const evasions: readonly Evasion[] = [...transport, ...destination, ...tool, ...account];

export type EvasionResult = "detected" | "partly" | "blind";

/** What the examples add up to. */
export function resultOf({ examples }: Evasion): EvasionResult {
  const names = Object.keys(examples);
  const seen = names.filter((name) => name.startsWith("seen-")).length;
  return seen === names.length ? "detected" : seen > 0 ? "partly" : "blind";
}
