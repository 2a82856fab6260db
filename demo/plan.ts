/** Which stories a simulated company has, when each begins and what shows it: every story once, each seed in another way. */
import { DAY, startOfDay, weekday } from "./clock.ts";
import type { Telling } from "./generate.ts";
import type { Lane } from "./log-book.ts";
import type { Profile } from "./profile.ts";
import { Random } from "./random.ts";
import { lanesOf, shown, stories, VISIBILITIES, type Story } from "./stories/index.ts";

/** First-seen correlations learn during the first days. */
const LEARNING_DAYS = 2;

/** What shows a story besides one kind of log alone: what companies have together. */
const COMBINATIONS: readonly (readonly Lane[])[] = [
  ["url", "dns", "flow", "identity"],
  ["sni", "flow", "dns", "identity"],
  ["flow", "endpoint"],
  ["sni", "flow", "endpoint", "audit"],
  ["dns", "endpoint", "identity"],
];

export interface PlanOptions {
  readonly seed: number;
  /** ms since 1970 UTC. */
  readonly start: number;
  readonly days: number;
  readonly profile: Profile;
  /** Ids of the stories; all where left out. */
  readonly ids?: readonly string[];
}

/** The ways in which a story can be seen and told from everyday work; null is everything that would see it. */
export function viewsOf(story: Story): (readonly Lane[] | null)[] {
  const single = VISIBILITIES.filter((visibility) => story.shows[visibility] !== undefined).map(lanesOf);
  const together = COMBINATIONS.filter((lanes) => shown(story, lanes).length > 0);
  return [null, ...single, ...together];
}

/** @throws {RangeError} for an id that no story has */
export function planStories({ seed, start, days, profile, ids }: PlanOptions): Telling[] {
  const unknown = (ids ?? []).find((id) => !stories.some((story) => story.id === id));
  if (unknown !== undefined) throw new RangeError(`no story ${unknown}`);
  const wanted = stories.filter(({ id }) => ids === undefined || ids.includes(id));
  const working = workingDays(start, days, profile);
  const random = new Random(seed).fork("plan");
  const shift = random.int(0, 999);
  // stories that few people fit are cast first
  return wanted
    .map((story, index) => tellingOf(story, index + shift, working, days, random))
    .toSorted((a, b) => choosiness(b.id) - choosiness(a.id));
}

function tellingOf(story: Story, turn: number, working: readonly number[], days: number, random: Random): Telling {
  const views = viewsOf(story);
  const lanes = views[turn % views.length] ?? null;
  const possible = working.filter((day) => day + story.days <= Math.max(days, day + 1));
  const day = random.pick(possible.length > 0 ? possible : working);
  return { id: story.id, day, ...(lanes === null ? {} : { lanes }) };
}

/** Days of work after those from which is learnt, by number; the last ones of a short span. */
function workingDays(start: number, days: number, profile: Profile): number[] {
  const first = startOfDay(start);
  const works = Array.from({ length: days }, (_, day) => day).filter(
    (day) => profile.workdays.includes(weekday(first + day * DAY)) && !profile.holidays.includes(first + day * DAY),
  );
  // what happens on a night after the last day would be cut off
  const late = works.filter((day) => day >= LEARNING_DAYS && day < days - 1);
  return late.length > 0 ? late : works.length > 0 ? works : [0];
}

function choosiness(id: string): number {
  const narrow = [
    "credential-access",
    "git-data-api",
    "gist-upload",
    "mirror-migration",
    "runner-registration",
    "ssh-push",
    "stage-then-send",
    "token-polling",
    "unexpected-application",
    "unsanctioned-forge",
  ];
  return narrow.includes(id) ? 1 : 0;
}
