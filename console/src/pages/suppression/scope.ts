/** What a suppression may be narrowed by, offered from an incident. */
import type { Incident } from "../../api/types.ts";
import type { Scope } from "../../api/suppressions.ts";

export const SCOPE_NAMES = ["user", "host", "address", "destination", "rule"] as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

export const SCOPE_LABELS: Readonly<Record<ScopeName, string>> = {
  user: "Person or account",
  host: "Machine",
  address: "Address",
  destination: "Destination",
  rule: "Rule",
};

export interface ScopeField {
  readonly chosen: boolean;
  readonly pattern: string;
}
export type ScopeFields = Readonly<Record<ScopeName, ScopeField>>;

/**
 * A name of a log as a pattern of itself. What would be a wildcard, or would not show in a field, stands for any one character.
 */
export function literalPattern(name: string): string {
  return name.replaceAll(/[\p{C}*]/gu, (mark) => "?".repeat(mark.length));
}

/** Who (or the machine where nobody is named) and where to; the rest is there to be chosen. */
export function offeredScope(
  incident: Pick<Incident, "actors" | "hosts" | "addresses" | "destinations" | "findings" | "reasons">,
): ScopeFields {
  const { actors, hosts, addresses, destinations, findings, reasons } = incident;
  const strongest = findings.find(({ uid }) => uid === reasons[0]?.finding) ?? findings[0];
  const user = actors.find((name) => name.includes("@")) ?? actors[0] ?? "";
  const field = (name: string | undefined, chosen: boolean): ScopeField => ({
    chosen: chosen && name !== undefined && name !== "",
    pattern: literalPattern(name ?? ""),
  });
  return {
    user: field(user, true),
    host: field(hosts[0], user === ""),
    address: field(addresses[0], user === "" && hosts.length === 0),
    destination: field(destinations[0], destinations.length === 1),
    rule: field(strongest?.rule, findings.length === 1),
  };
}

/** null: nothing is chosen. */
export function chosenScope(fields: ScopeFields): Scope | null {
  const chosen = SCOPE_NAMES.flatMap((name) => {
    const { chosen: is, pattern } = fields[name];
    return is && pattern.trim() !== "" ? [[name, pattern.trim()] as const] : [];
  });
  return chosen.length === 0 ? null : (Object.fromEntries(chosen) as Scope);
}
