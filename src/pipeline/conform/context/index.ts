/** Event -> Context: what policy, inventory, people and the catalogue of code hosts add to it. */
import type { Context, DestinationContext, OcsfEvent } from "../../../model/activity.ts";
import type { Catalogue } from "../../../model/catalogue.ts";
import type { Policy } from "../../../model/policy.ts";
import { createActors } from "./actor.ts";
import { AddressRanges, normaliseAddress } from "./address-ranges.ts";
import { createDestinations, type Sighting } from "./destination.ts";
import { createHosts } from "./host.ts";
import { createSensitivePaths } from "./sensitive-path.ts";
import { createSites } from "./sites.ts";
import { createHostAllowed, createVerdict } from "./verdict.ts";
import { createWorkHours } from "./work-hours.ts";

/**
 * The builder is pure: the same event gives the same context in any order, so that a replay gives the same rows. What it
 * remembers is only a cache. It must not throw for any event a map can make.
 *
 * @param policy null: nothing is sanctioned or unsanctioned; see verdict.ts
 */
export function createContextBuilder(catalogue: Catalogue, policy: Policy | null): (event: OcsfEvent) => Context {
  const sites = createSites(catalogue, policy);
  const destinations = createDestinations(catalogue, policy, sites);
  const verdict = createVerdict(policy);
  const hostAllowed = createHostAllowed(policy);
  const actors = createActors(policy);
  const hosts = createHosts(policy);
  const hours = createWorkHours(policy);
  const isSensitive = createSensitivePaths(policy?.sensitive_paths ?? []);
  const addresses = addressesOf(policy);

  const destinationOf = ({ located, seenBy, visibility, lookAlikeOf }: Sighting): DestinationContext => ({
    name: located.name === "" ? located.host : `${located.host}/${located.name}`,
    host: located.host,
    owner: located.owner,
    repository: located.repository,
    service: located.site.service,
    kind: located.site.kind,
    endpoint: located.endpoint,
    operation: located.operation,
    verdict: verdict(located),
    host_allowed: hostAllowed(located),
    visibility,
    look_alike_of: lookAlikeOf,
    seen_by: seenBy,
  });

  return (event) => {
    const client = event.src_endpoint?.ip ?? event.device?.ip;
    const ip = client === undefined ? null : normaliseAddress(client);
    const sighting = destinations.find(event);
    const located = sighting?.located ?? null;
    const hostName = hosts.name(event, ip);
    const atWork = hours.within(event.time);
    const actor = actors.actor(event, hosts.userAt(ip), hostName, located);
    return {
      actor,
      host: hosts.host(hostName, located),
      address: { ip, sanctioned: ip === null || addresses === null ? null : addresses.find(ip) !== null },
      destination: sighting === null ? null : destinationOf(sighting),
      object_storage: destinations.storage(event),
      work_hours: atWork === false && hours.onCall(event.time, actor.names) ? true : atWork,
      sensitive_path: isSensitive(event),
    };
  };
}

/** null: policy is silent. */
function addressesOf(policy: Policy | null): AddressRanges<true> | null {
  const listed = policy?.sanctioned?.addresses;
  if (listed === undefined) return null;
  const ranges = new AddressRanges<true>();
  for (const cidr of listed) ranges.add(cidr, true);
  return ranges;
}
