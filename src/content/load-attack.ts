/** What ATT&CK asks for against exfiltration to code repositories: catalogue/attack.json. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { contentFolder } from "./folder.ts";

const AttackSchema = z.strictObject({
  notice: z.string(),
  version: z.string(),
  strategy: z.strictObject({
    id: z.string(),
    name: z.string(),
    technique: z.string(),
    technique_name: z.string(),
    parent: z.string(),
    parent_name: z.string(),
    tactic: z.string(),
  }),
  /** Data components by id; a rule reads one when a field of it begins like one of `fields`. */
  components: z.record(z.string(), z.strictObject({ name: z.string(), fields: z.array(z.string()) })),
  analytics: z.array(
    z.strictObject({
      id: z.string(),
      platform: z.string(),
      /** Mutable elements: keys of policy.yaml, `MonitoredDomains` the catalogue's hosts. */
      elements: z.array(z.string()),
      components: z.array(
        z.strictObject({
          id: z.string(),
          log_source: z.string(),
          channel: z.string(),
          /** Ids of source maps whose events of `classes` are what this log source tells. */
          sources: z.array(z.string()),
          classes: z.array(z.number()),
        }),
      ),
    }),
  ),
});

export type AttackKnowledge = z.output<typeof AttackSchema>;

let loaded: AttackKnowledge | null = null;

/** The release that comes with the product. @throws {Error} when the file is not as it should be */
export function loadAttack(): AttackKnowledge {
  loaded ??= AttackSchema.parse(JSON.parse(readFileSync(`${contentFolder("catalogue")}/attack.json`, "utf8")));
  return loaded;
}
