/**
 * The logs of a company for a number of days: benign life, and stories of data leaving, told by the sources that would see them.
 * Pure: the same options give the same bytes.
 */
import { DAY, startOfDay } from "./clock.ts";
import { buildCompany } from "./company.ts";
import { life } from "./life/index.ts";
import { LANES, LOGS, type Lane, type LogPath } from "./log-book.ts";
import { policyText } from "./policy.ts";
import { ACME, type Profile } from "./profile.ts";
import { Random } from "./random.ts";
import { precision, shown, stories, type Behaviour, type Story } from "./stories/index.ts";
import { createWorld, endOfDay, NobodyLeftError, type World } from "./world.ts";
import { zeekTsvFooter, zeekTsvHeader, type ZeekPath } from "./writers/zeek.ts";

/** A story to tell. */
export interface Telling {
  readonly id: string;
  /** Day on which it begins, 0 is the first. */
  readonly day: number;
  /** The kinds of logs that show it; everything that would see it where left out. */
  readonly lanes?: readonly Lane[];
}

export interface CompanyOptions {
  readonly seed: number;
  /** ms since 1970 UTC; the logs begin at midnight UTC of that day, best a Monday. */
  readonly start: number;
  readonly days: number;
  /** Number of people, 20 where left out; at least 16. */
  readonly people?: number;
  /** The demo's company where left out. */
  readonly profile?: Profile;
  /** Which stories are told, when and how far they show; the demo's own selection where left out. */
  readonly stories?: readonly Telling[];
  /** true: each story takes anybody who fits, so that over several seeds it shows in every way it can. */
  readonly varied?: boolean;
  /** true leaves out stories for which nobody is left, instead of failing. */
  readonly skip?: boolean;
  /** false leaves out everyday life. */
  readonly life?: boolean;
}

/** What a story did, for whoever scores detections. Never part of the logs. */
export interface StoryLabel {
  /** Unique in the company: the story, and what shows it where that was limited. */
  readonly id: string;
  readonly story: string;
  readonly title: string;
  /** What the sources that show it can tell. */
  readonly behaviours: readonly Behaviour[];
  readonly actor: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly destination: readonly string[];
  /** ms since 1970 UTC, of its first and last trace. */
  readonly first_time: number;
  readonly last_time: number;
  /** The kinds of logs it shows in, `url+dns` for instance. */
  readonly lanes: readonly Lane[];
  /** The logs that show some of it. */
  readonly visibility: readonly string[];
  readonly bytes_out: number | null;
  /** Evasions it uses, by their numbers in docs/reference/evasions.md. */
  readonly evasions: readonly string[];
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
    const company = buildCompany(options.seed, Math.max(16, options.people ?? 20), options.profile ?? ACME);
    const world = createWorld(company, options.seed, startOfDay(options.start), options.days, options.varied ?? false);
    return { world, labels: tellStories(world, options) };
  };
  const { world, labels } = tell();
  return {
    policy: policyText(world),
    labels,
    pieces: () => pieces(tell().world, options.life ?? true),
    files() {
      const parts = new Map<string, string[]>(LOGS.map((path) => [fileOf(world, path), []]));
      for (const { path, text } of pieces(tell().world, options.life ?? true)) parts.get(path)?.push(text);
      return [...parts].filter(([, content]) => content.length > 0).map(([path, content]) => ({ path, content }));
    },
  };
}

function tellStories(world: World, options: CompanyOptions): StoryLabel[] {
  const wanted: readonly Telling[] =
    options.stories ??
    stories.flatMap((story) =>
      story.demoDay !== null && story.demoDay + story.days <= options.days
        ? [{ id: story.id, day: story.demoDay }]
        : [],
    );
  return wanted.flatMap((telling, index) => {
    const story = stories.find((candidate) => candidate.id === telling.id);
    if (story === undefined) throw new RangeError(`no story ${telling.id}`);
    try {
      return [tellOne(world, story, telling, new Random(options.seed).fork("story", telling.id, index))];
    } catch (error) {
      if (options.skip === true && error instanceof NobodyLeftError) return [];
      throw error;
    }
  });
}

function tellOne(world: World, story: Story, { day, lanes }: Telling, random: Random): StoryLabel {
  const visible = lanes === undefined ? null : new Set(lanes);
  const { outline, trace } = world.book.trace(visible, () => story.tell(world, world.start + day * DAY, random));
  const seen = LANES.filter((lane) => trace.lanes.has(lane));
  return {
    id: lanes === undefined ? story.id : `${story.id}@${lanes.join("+")}`,
    story: story.id,
    title: story.title,
    behaviours: shown(story, seen),
    actor: outline.actor,
    hosts: outline.hosts,
    addresses: outline.addresses,
    destination: destinationsOf(story, seen, outline.destinations),
    first_time: trace.first,
    last_time: trace.last,
    lanes: seen,
    visibility: [...trace.logs].map((path) => fileOf(world, path)).toSorted(),
    bytes_out: outline.bytesOut,
    evasions: outline.evasions ?? [],
  };
}

function destinationsOf(story: Story, lanes: readonly Lane[], told: readonly string[]): readonly string[] {
  const how = precision(story, lanes);
  return how === "repository" ? told : how === "host" ? hostsOf(told) : [];
}

/** Code hosts alone: what is left of a destination where no source shows more. */
function hostsOf(destinations: readonly string[]): string[] {
  return [
    ...new Set(destinations.map((name) => (name.split("/", 1)[0] ?? name).replace("gist.github.com", "github.com"))),
  ];
}

function* pieces(world: World, withLife: boolean): Generator<{ path: string; text: string }> {
  for (const path of LOGS) {
    const kind = separatedZeek(world, path);
    if (kind !== null) yield { path: fileOf(world, path), text: `${zeekTsvHeader(kind, world.start).join("\n")}\n` };
  }
  for (let day = world.start, index = 0; index < world.days; day += DAY, index++) {
    if (withLife) for (const [id, play] of Object.entries(life)) play(world, day, world.random.fork("life", id));
    // the next day's life may begin before midnight UTC, where an office lies to the east
    const until = index + 1 < world.days ? endOfDay(world, day) : Number.POSITIVE_INFINITY;
    for (const { path, text } of world.book.take(until)) yield { path: fileOf(world, path), text };
  }
  for (const path of LOGS)
    if (separatedZeek(world, path) !== null)
      yield { path: fileOf(world, path), text: `${zeekTsvFooter(world.start + world.days * DAY)}\n` };
}

/** The file a log is written to: offices by the names of their cities. */
function fileOf(world: World, path: LogPath): string {
  const { head, branch } = world.company.profile.offices;
  return path.replace(/\bhead\b/, head.name).replace(/\bbranch\b/, branch.name);
}

/** The branch's Zeek writes tab-separated values, which need a header and a footer. */
function separatedZeek(world: World, path: LogPath): ZeekPath | null {
  if (world.company.profile.formats.network !== "zeek") return null;
  const match = /^zeek\/branch\/(conn|dns|http|ssl)\.log$/.exec(path);
  return match === null ? null : (match[1] as ZeekPath);
}
