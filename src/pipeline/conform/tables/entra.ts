/**
 * The three envelopes of Entra's logs, read the same way: Microsoft Graph (the record itself), Event Hub and diagnostic
 * settings (`properties` inside `time`, `category`, `operationName`), Log Analytics (Pascal case, nested values as text).
 *
 * @see https://learn.microsoft.com/entra/identity/monitoring-health/reference-azure-monitor-sign-ins-log-schema
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseJson } from "../decode.ts";
import { object, property, propertyAnyCase, textAnyCase } from "../read-json.ts";

export interface EntraEntry {
  /** What all envelopes carry of the event. */
  readonly body: JsonObject;
  /** The record as it came, envelope included. */
  readonly outer: JsonObject;
  /** `SignInLogs`, `AuditLogs`, …; undefined in Graph's form. */
  readonly category: string | undefined;
}

export function openEntra(json: JsonObject): EntraEntry {
  const category = textAnyCase(json, "category") ?? textAnyCase(json, "type");
  return { body: object(json, "properties") ?? json, outer: json, category };
}

/** A nested object, which Log Analytics may hold as its JSON text. */
export function nested(entry: JsonObject, key: string): JsonObject | undefined {
  const value = parsed(propertyAnyCase(entry, key));
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** A nested list, which Log Analytics may hold as its JSON text. */
export function nestedList(entry: JsonObject, key: string): readonly unknown[] {
  const value = parsed(propertyAnyCase(entry, key));
  return Array.isArray(value) ? value : [];
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch (error) {
    if (error instanceof MalformedInputError) return undefined;
    throw error;
  }
}

/** Whether the record is of Entra's tenant log at all. */
export function isEntraEnvelope(json: JsonObject): boolean {
  const resource = property(json, "resourceId") ?? property(json, "resourceid");
  return typeof resource === "string" && /microsoft\.aadiam/i.test(resource);
}
