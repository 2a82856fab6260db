/** Everyday life, in the order it is played. A test fails when a file in this folder is missing here. */
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { backups } from "./backups.ts";
import { continuousIntegration } from "./continuous-integration.ts";
import { dependencyBots } from "./dependency-bots.ts";
import { development } from "./development.ts";
import { financeWork } from "./finance-work.ts";
import { largeFiles } from "./large-files.ts";
import { logRotation } from "./log-rotation.ts";
import { modelPublishing } from "./model-publishing.ts";
import { newJoiner } from "./new-joiner.ts";
import { officeDay } from "./office-day.ts";
import { onCall } from "./on-call.ts";
import { openSource } from "./open-source.ts";
import { pagesDeploys } from "./pages-deploys.ts";
import { repositoryAdministration } from "./repository-administration.ts";
import { serverTraffic } from "./server-traffic.ts";
import { settingsSync } from "./settings-sync.ts";
import { temptingWork } from "./tempting-work.ts";

/** Adds what happens on one day; `day` is its start, ms since 1970 UTC. */
export type Life = (world: World, day: number, random: Random) => void;

export const life: Readonly<Record<string, Life>> = {
  backups,
  "continuous-integration": continuousIntegration,
  "dependency-bots": dependencyBots,
  development,
  "finance-work": financeWork,
  "large-files": largeFiles,
  "log-rotation": logRotation,
  "model-publishing": modelPublishing,
  "new-joiner": newJoiner,
  "office-day": officeDay,
  "on-call": onCall,
  "open-source": openSource,
  "pages-deploys": pagesDeploys,
  "repository-administration": repositoryAdministration,
  "server-traffic": serverTraffic,
  "settings-sync": settingsSync,
  "tempting-work": temptingWork,
};
