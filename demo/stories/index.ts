/** Every story that can be told. A test fails when a file in this folder is missing here. */
import type { Lane } from "../log-book.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { apiUpload } from "./api-upload.ts";
import { bulkClone } from "./bulk-clone.ts";
import { cloneSweep } from "./clone-sweep.ts";
import { createBurst } from "./create-burst.ts";
import { dailyPush } from "./daily-push.ts";
import { datasetDrip } from "./dataset-drip.ts";
import { extensionGist } from "./extension-gist.ts";
import { ownerChange } from "./owner-change.ts";
import { personalPush } from "./personal-push.ts";
import { sideDoorUpload } from "./side-door-upload.ts";
import { credentialAccess } from "./credential-access.ts";
import { defencesDisabled } from "./defences-disabled.ts";
import { esxiDatastore } from "./esxi-datastore.ts";
import { exposureChange } from "./exposure-change.ts";
import { gistUpload } from "./gist-upload.ts";
import { gitDataApi } from "./git-data-api.ts";
import { gitlabExport } from "./gitlab-export.ts";
import { lowAndSlow } from "./low-and-slow.ts";
import { mirrorMigration } from "./mirror-migration.ts";
import { privateToPublic } from "./private-to-public.ts";
import { runnerRegistration } from "./runner-registration.ts";
import { sensitiveContent } from "./sensitive-content.ts";
import { sideChannelUpload } from "./side-channel-upload.ts";
import { sshPush } from "./ssh-push.ts";
import { stageThenSend } from "./stage-then-send.ts";
import { stolenToken } from "./stolen-token.ts";
import { tokenPolling } from "./token-polling.ts";
import { unexpectedApplication } from "./unexpected-application.ts";
import { unknownForge } from "./unknown-forge.ts";
import { unsanctionedForge } from "./unsanctioned-forge.ts";
import { volumeAnomaly } from "./volume-anomaly.ts";
import { workflowExfiltration } from "./workflow-exfiltration.ts";

/** The behaviours of the contract, in its order. */
export const BEHAVIOURS = [
  "push-to-unsanctioned-repository",
  "api-upload",
  "git-data-api-upload",
  "gist-or-snippet-upload",
  "create-repository-then-write",
  "repository-create-burst",
  "exposure-change",
  "mirror-migration",
  "bulk-clone",
  "workflow-exfiltration",
  "runner-registration",
  "side-channel-upload",
  "credential-access",
  "supply-chain-ancestry",
  "stage-then-send",
  "low-and-slow",
  "esxi-datastore-upload",
  "private-to-public-crossing",
  "unsanctioned-forge",
  "defences-disabled",
  "token-polling",
  "volume-anomaly",
  "off-hours-activity",
  "first-seen-access",
  "unexpected-application",
  "unsanctioned-source-host",
  "sensitive-content-pushed",
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** What a story says of itself once it is told; logs and times are taken from what it wrote. */
interface Outline {
  /** Names the person or account goes by, the e-mail first where there is one. */
  readonly actor: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  /** Spelled as incidents spell destinations. */
  readonly destinations: readonly string[];
  /** From client to server; null where no source tells it. */
  readonly bytesOut: number | null;
  /** Evasions it uses: `E8` and so on. */
  readonly evasions?: readonly string[];
}

/**
 * What one can see a story by: one kind of log, or names and bytes of the same connections together. `sni` alone is names
 * without bytes, `flow` alone addresses and bytes without names.
 */
export const VISIBILITIES = ["url", "sni+flow", "sni", "flow", "dns", "endpoint", "audit"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export interface Story {
  /** Equals the file name. */
  readonly id: string;
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
  /** What each way of seeing it can tell from everyday work; one that is missing tells nothing. */
  readonly shows: Readonly<Partial<Record<Visibility, readonly Behaviour[]>>>;
  /** Ways of seeing it that tell the code host but not the repository, or no destination at all. */
  readonly hostOnly?: readonly Visibility[];
  readonly nowhere?: readonly Visibility[];
  /** Day of the demo week (0 is its first) on which it begins; null where the demo leaves it out. */
  readonly demoDay: number | null;
  /** Days it lasts. */
  readonly days: number;
  /** Adds its events to the world. `day` is the start of its first day, ms since 1970 UTC. */
  readonly tell: (world: World, day: number, random: Random) => Outline;
}

export const stories: readonly Story[] = [
  apiUpload,
  bulkClone,
  cloneSweep,
  createBurst,
  credentialAccess,
  dailyPush,
  datasetDrip,
  defencesDisabled,
  esxiDatastore,
  exposureChange,
  extensionGist,
  gistUpload,
  gitDataApi,
  gitlabExport,
  lowAndSlow,
  mirrorMigration,
  ownerChange,
  personalPush,
  privateToPublic,
  runnerRegistration,
  sensitiveContent,
  sideChannelUpload,
  sideDoorUpload,
  sshPush,
  stageThenSend,
  stolenToken,
  tokenPolling,
  unexpectedApplication,
  unknownForge,
  unsanctionedForge,
  volumeAnomaly,
  workflowExfiltration,
];

/** The ways of seeing a story that logs of these kinds are enough for. */
export function visibilitiesWithin(lanes: readonly Lane[]): Visibility[] {
  return VISIBILITIES.filter((visibility) => lanesOf(visibility).every((lane) => lanes.includes(lane)));
}

export function lanesOf(visibility: Visibility): Lane[] {
  return visibility.split("+") as Lane[];
}

/** What logs of these kinds tell of a story; empty where it cannot be told from everyday work. */
export function shown(story: Story, lanes: readonly Lane[]): Behaviour[] {
  const seen = new Set(visibilitiesWithin(lanes).flatMap((visibility) => story.shows[visibility] ?? []));
  return BEHAVIOURS.filter((behaviour) => seen.has(behaviour));
}

/** How precisely logs of these kinds tell where a story's data went. */
export function precision(story: Story, lanes: readonly Lane[]): "repository" | "host" | "nothing" {
  const seen = visibilitiesWithin(lanes).filter((visibility) => story.shows[visibility] !== undefined);
  const naming = seen.filter((visibility) => !(story.nowhere ?? []).includes(visibility));
  const full = naming.filter(
    (visibility) => ["url", "endpoint", "audit"].includes(visibility) && !(story.hostOnly ?? []).includes(visibility),
  );
  return full.length > 0 ? "repository" : naming.length > 0 ? "host" : "nothing";
}
