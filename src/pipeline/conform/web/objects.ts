/** Small OCSF objects that maps of proxies and gateways build alike. */
import type { JsonObject, OcsfDevice } from "../../../model/activity.ts";
import { property } from "../read-json.ts";

/** A client machine by name and id; undefined where neither shows. */
export function deviceOf(hostname: string | undefined, uid?: string | undefined, os?: string): OcsfDevice | undefined {
  const name = hostname?.trim();
  if ((name === undefined || name === "") && uid === undefined) return undefined;
  const device: OcsfDevice = { type_id: 0, type: "Unknown" };
  if (name !== undefined && name !== "") device.hostname = name.toLowerCase();
  if (uid !== undefined) device.uid = uid;
  const typeId = os === undefined ? undefined : osTypeOf(os);
  if (os !== undefined && typeId !== undefined) device.os = { name: os, type_id: typeId };
  return device;
}

/** OCSF os.type_id by the name's look; undefined for a name that says nothing. */
function osTypeOf(name: string): number | undefined {
  if (/windows/i.test(name)) return 100;
  if (/mac|os ?x|ventura|sonoma|monterey|sequoia|catalina|big sur/i.test(name)) return 300;
  if (/ipad/i.test(name)) return 302;
  if (/iphone|ios/i.test(name)) return 301;
  if (/android/i.test(name)) return 201;
  if (/linux|ubuntu|debian|red ?hat|centos|fedora/i.test(name)) return 200;
  return undefined;
}

/** Named keys of a record that have no home in OCSF; undefined when none has a value. */
export function leftOver(json: JsonObject, keys: readonly string[]): Record<string, unknown> | undefined {
  let left: Record<string, unknown> | undefined;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    const value = property(json, key);
    if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    left ??= {};
    left[key] = value;
  }
  return left;
}

/** A policy or rule by name and id; undefined where neither shows. */
export function policyNamed(
  name: string | undefined,
  uid?: string | undefined,
): { name?: string; uid?: string } | undefined {
  if (name === undefined) return uid === undefined ? undefined : { uid };
  return uid === undefined ? { name } : { name, uid };
}
