/**
 * The logs of Acme for a number of days: benign life, and stories of data leaving, told by the sources that would see them.
 * Pure: the same options give the same bytes.
 */
import { at, DAY, startOfDay } from "./clock.ts";
import { buildCompany } from "./company.ts";
import { life } from "./life/index.ts";
import { LOGS, type LogPath } from "./log-book.ts";
import { policyText } from "./policy.ts";
import { Random } from "./random.ts";
import { stories, type Behaviour, type Story } from "./stories/index.ts";
import { createWorld, type World } from "./world.ts";
import { zeekTsvFooter, zeekTsvHeader, type ZeekPath } from "./writers/zeek.ts";

export interface CompanyOptions {
  readonly seed: number;
  /** ms since 1970 UTC; the logs begin at midnight UTC of that day, best a Monday. */
  readonly start: number;
  readonly days: number;
  /** Number of people, 20 where left out; at least 16. */
  readonly people?: number;
  /** Which stories are told and on which day (0 is the first); the demo's own selection where left out. */
  readonly stories?: readonly { readonly id: string; readonly day: number }[];
  /** true: each story takes anybody who fits, so that over several seeds it shows in every way it can. */
  readonly varied?: boolean;
  /** false leaves out everyday life. */
  readonly life?: boolean;
}

/** What a story did, for whoever scores detections. Never part of the logs. */
export interface StoryLabel {
  readonly id: string;
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
  readonly actor: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly destination: readonly string[];
  /** ms since 1970 UTC, of its first and last trace. */
  readonly first_time: number;
  readonly last_time: number;
  /** The logs that show some of it. */
  readonly visibility: readonly LogPath[];
  readonly bytes_out: number | null;
}

interface GeneratedFile {
  readonly path: string;
  readonly content: Iterable<string>;
}

export interface GeneratedCompany {
  /** Every log as a whole. Holds all of them in memory: for the demo's size. */
  files(): Iterable<GeneratedFile>;
  /** The same text day by day, in pieces to append to their files: for any size. May be taken once. */
  pieces(): Iterable<{ readonly path: string; readonly text: string }>;
  readonly policy: string;
  readonly labels: readonly StoryLabel[];
}

export function generateCompany(options: CompanyOptions): GeneratedCompany {
  const tell = (): { world: World; labels: StoryLabel[] } => {
    const company = buildCompany(options.seed, Math.max(16, options.people ?? 20));
    const world = createWorld(company, options.seed, startOfDay(options.start), options.days, options.varied ?? false);
    return { world, labels: tellStories(world, options) };
  };
  const { world, labels } = tell();
  return {
    policy: policyText(world),
    labels,
    pieces: () => pieces(tell().world, options.life ?? true),
    files() {
      const parts = new Map<string, string[]>(LOGS.map((path) => [path, []]));
      for (const { path, text } of pieces(tell().world, options.life ?? true)) parts.get(path)?.push(text);
      return [...parts].filter(([, content]) => content.length > 0).map(([path, content]) => ({ path, content }));
    },
  };
}

function tellStories(world: World, options: CompanyOptions): StoryLabel[] {
  const wanted =
    options.stories ??
    stories.flatMap((story) =>
      story.demoDay !== null && story.demoDay + story.days <= options.days
        ? [{ id: story.id, day: story.demoDay }]
        : [],
    );
  return wanted.map(({ id, day }, index) => {
    const story = stories.find((candidate) => candidate.id === id);
    if (story === undefined) throw new RangeError(`no story ${id}`);
    return tellOne(world, story, world.start + day * DAY, new Random(options.seed).fork("story", id, index));
  });
}

function tellOne(world: World, story: Story, day: number, random: Random): StoryLabel {
  const { outline, trace } = world.book.trace(() => story.tell(world, day, random));
  return {
    id: story.id,
    title: story.title,
    behaviours: outline.behaviours ?? story.behaviours,
    actor: outline.actor,
    hosts: outline.hosts,
    addresses: outline.addresses,
    destination: outline.destinations,
    first_time: trace.first,
    last_time: trace.last,
    visibility: [...trace.logs].toSorted(),
    bytes_out: outline.bytesOut,
  };
}

function* pieces(world: World, withLife: boolean): Generator<{ path: string; text: string }> {
  for (const path of LOGS) {
    const kind = separatedZeek(path);
    if (kind !== null) yield { path, text: `${zeekTsvHeader(kind, world.start).join("\n")}\n` };
  }
  for (let day = world.start, index = 0; index < world.days; day += DAY, index++) {
    if (withLife) for (const [id, play] of Object.entries(life)) play(world, day, world.random.fork("life", id));
    // the next day's life begins after local midnight, which comes before midnight UTC
    yield* world.book.take(index + 1 < world.days ? at(day + DAY, 0) : Number.POSITIVE_INFINITY);
  }
  for (const path of LOGS)
    if (separatedZeek(path) !== null) yield { path, text: `${zeekTsvFooter(world.start + world.days * DAY)}\n` };
}

/** Lisbon's Zeek writes tab-separated values, which need a header and a footer. */
function separatedZeek(path: LogPath): ZeekPath | null {
  const match = /^zeek\/lisbon\/(conn|dns|http|ssl)\.log$/.exec(path);
  return match === null ? null : (match[1] as ZeekPath);
}
