/**
 * The tables of the store and how they came to be. A migration is never edited once released: the next one is appended.
 *
 * Rows are written once and superseded by a row with the same key and a higher version, never updated in place. Every
 * key is deterministic, so that writing the same input again adds nothing.
 */
import { ACTIVITY_COLUMNS, MATCH_COLUMNS } from "./columns.ts";

/** Every acknowledged insert survives a power cut: the part and its folder are on disk before the insert returns. */
const DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1";

/** Parts fresh from an insert keep all columns in one file, which is quicker to write and to sync; merged ones do not. */
const ONE_FILE = "min_bytes_for_wide_part = 134217728";

/** A page of a list reads a hundred rows from all over the table, each a few kB: what is decompressed for one must be little. */
const SHORT_READS = "index_granularity = 128, min_compress_block_size = 16384, max_compress_block_size = 65536";

function definitions(columns: readonly { readonly name: string; readonly stored: string }[]): string {
  return columns.map(({ name, stored }) => `\`${name}\` ${stored}`).join(", ");
}

export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      // Times outside 2000..2099 share one partition: forged timestamps must not make a partition a day each.
      `CREATE TABLE activity (${definitions(ACTIVITY_COLUMNS)})
       ENGINE = ReplacingMergeTree
       PARTITION BY if(toYear(time) BETWEEN 2000 AND 2099, toYYYYMMDD(time), 0)
       ORDER BY (class_uid, time, id)
       SETTINGS ${DURABLE}, ${ONE_FILE}`,

      // bound_host, bound_actor and carried fill the gaps of a match from other events; see fill.ts.
      `CREATE TABLE match (${definitions(MATCH_COLUMNS)},
         bound_host LowCardinality(String), bound_actor LowCardinality(String), carried Nullable(UInt64), version UInt64)
       ENGINE = ReplacingMergeTree(version)
       PARTITION BY if(toYear(time) BETWEEN 2000 AND 2099, toYYYYMM(time), 0)
       ORDER BY (rule, time, activity_uid)
       SETTINGS ${DURABLE}`,

      // When a rule first and last matched for a group of a first_seen correlation: outlives the matches themselves.
      `CREATE TABLE first_seen (
         correlation LowCardinality(String), group String, value String,
         first SimpleAggregateFunction(min, DateTime64(3, 'UTC')), last SimpleAggregateFunction(max, DateTime64(3, 'UTC')))
       ENGINE = AggregatingMergeTree
       ORDER BY (correlation, group, value)
       SETTINGS ${DURABLE}`,

      // What a group of a deviation correlation amounted to in a period (ms since 1970): outlives the matches themselves.
      `CREATE TABLE profile (
         correlation LowCardinality(String), period Int64, group String, peer LowCardinality(String),
         total Float64, suspect UInt8, version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY (correlation, group, period)
       SETTINGS ${DURABLE}`,

      // Which host and which user an address belonged to in an hour, as endpoint and sign-in events say it.
      `CREATE TABLE binding (address String, hour DateTime('UTC'), host LowCardinality(String), actor LowCardinality(String))
       ENGINE = ReplacingMergeTree
       ORDER BY (address, hour, host, actor)
       SETTINGS ${DURABLE}`,

      `CREATE TABLE finding (
         uid String, rule LowCardinality(String), group String, day Date, first_time DateTime64(3, 'UTC'), time DateTime64(3, 'UTC'),
         content String, body String CODEC(ZSTD(1)), version UInt64, superseded UInt8)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY (rule, day, uid)
       SETTINGS ${DURABLE}`,

      `CREATE TABLE incident (
         uid String, first_time DateTime64(3, 'UTC'), last_time DateTime64(3, 'UTC'), risk_score UInt8, severity LowCardinality(String),
         findings Array(String), body String CODEC(ZSTD(1)), version UInt64, superseded UInt8, superseded_by String)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY uid
       SETTINGS ${DURABLE}, ${SHORT_READS}`,

      `CREATE TABLE action (
         uid String, time DateTime64(3, 'UTC'), incident String, kind LowCardinality(String), actor String, body String CODEC(ZSTD(1)))
       ENGINE = ReplacingMergeTree
       ORDER BY (incident, time, uid)
       SETTINGS ${DURABLE}`,

      `CREATE TABLE quarantine (
         uid String, file String, line UInt64, reason LowCardinality(String), excerpt String CODEC(ZSTD(1)))
       ENGINE = ReplacingMergeTree
       ORDER BY (file, line, uid)
       SETTINGS ${DURABLE}`,

      `CREATE TABLE heartbeat (
         source LowCardinality(String), minute DateTime('UTC'),
         events UInt64, bytes UInt64, with_bytes_out UInt64, with_actor UInt64, with_url UInt64)
       ENGINE = ReplacingMergeTree(events)
       ORDER BY (source, minute)
       SETTINGS ${DURABLE}`,

      `CREATE TABLE checkpoint (source String, position String, version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY source
       SETTINGS ${DURABLE}`,
    ],
  },
  {
    version: 2,
    statements: [
      // What incidents are filtered by, taken out of the body once instead of with every question.
      ...[
        "title String MATERIALIZED JSONExtractString(body, 'title')",
        "actors Array(String) MATERIALIZED JSONExtract(body, 'actors', 'Array(String)')",
        "hosts Array(String) MATERIALIZED JSONExtract(body, 'hosts', 'Array(String)')",
        "addresses Array(String) MATERIALIZED JSONExtract(body, 'addresses', 'Array(String)')",
        "destinations Array(String) MATERIALIZED JSONExtract(body, 'destinations', 'Array(String)')",
        "behaviours Array(LowCardinality(String)) MATERIALIZED JSONExtract(body, 'behaviours', 'Array(String)')",
        "rules Array(LowCardinality(String)) MATERIALIZED arrayDistinct(arrayMap(finding -> JSONExtractString(finding, 'rule'), JSONExtractArrayRaw(body, 'findings')))",
        `told String MATERIALIZED lowerUTF8(arrayStringConcat(arrayConcat(
           [JSONExtractString(body, 'title')],
           arrayMap(reason -> JSONExtractString(reason, 'text'), JSONExtractArrayRaw(body, 'reasons')),
           JSONExtract(body, 'actors', 'Array(String)'), JSONExtract(body, 'hosts', 'Array(String)'),
           JSONExtract(body, 'addresses', 'Array(String)'), JSONExtract(body, 'destinations', 'Array(String)')), '\n')) CODEC(ZSTD(1))`,
      ].map((column) => `ALTER TABLE incident ADD COLUMN IF NOT EXISTS ${column}`),

      // Tokens and sessions by the hash of their secret.
      `CREATE TABLE credential (
         hash String, kind LowCardinality(String), name String, role LowCardinality(String), csrf String,
         created DateTime64(3, 'UTC'), expires DateTime64(3, 'UTC'), revoked UInt8, version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY hash
       SETTINGS ${DURABLE}`,
    ],
  },
  {
    version: 3,
    statements: [
      // Left by an earlier release that was killed while it filled matches.
      "DROP TABLE IF EXISTS gap",
      // Spans in which a live source has missed something, or cannot prove that it has not; see gaps.ts.
      `CREATE TABLE gap (
         uid String, collector LowCardinality(String), source LowCardinality(String),
         first_time DateTime64(3, 'UTC'), time DateTime64(3, 'UTC'),
         reason String CODEC(ZSTD(1)), noticed DateTime64(3, 'UTC'), version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY (collector, first_time, uid)
       SETTINGS ${DURABLE}`,
    ],
  },
  {
    version: 4,
    statements: [
      // Local users. A password is kept as what scrypt makes of it.
      `CREATE TABLE account (
         name String, role LowCardinality(String), password String, disabled UInt8,
         created DateTime64(3, 'UTC'), changed DateTime64(3, 'UTC'), version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY name
       SETTINGS ${DURABLE}`,
      ...[
        "account String",
        "addresses Array(String)",
        "created_by String",
        "ends DateTime64(3, 'UTC') DEFAULT expires",
      ].map((column) => `ALTER TABLE credential ADD COLUMN IF NOT EXISTS ${column}`),

      // Quarantined lines are kept by when they came: lines written before this count from now.
      "ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS received DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')",
      "ALTER TABLE quarantine MATERIALIZE COLUMN received",
    ],
  },
  {
    version: 5,
    statements: [
      // Notifications: written before they are sent, superseded when they have been. body: what is sent; empty afterwards.
      `CREATE TABLE outbox (
         delivery String, receiver LowCardinality(String), incident String, thread String, change LowCardinality(String),
         severity LowCardinality(String), created DateTime64(3, 'UTC'), due DateTime64(3, 'UTC'), batch String,
         state LowCardinality(String), attempts UInt32, answer String, reference String, body String CODEC(ZSTD(1)), version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY (incident, receiver, delivery)
       SETTINGS ${DURABLE}`,
    ],
  },
  {
    version: 6,
    statements: [
      // Decisions about suppressions: made, ended, put into effect; see suppression.ts.
      `CREATE TABLE suppression (
         uid String, kind LowCardinality(String), time DateTime64(3, 'UTC'), actor String, body String CODEC(ZSTD(1)))
       ENGINE = ReplacingMergeTree
       ORDER BY (uid, time, kind)
       SETTINGS ${DURABLE}`,

      // Findings that suppressions cover. A finding that is no longer covered has none.
      `CREATE TABLE suppressed (
         finding String, rule LowCardinality(String), severity LowCardinality(String), time DateTime64(3, 'UTC'),
         suppressions Array(LowCardinality(String)), version UInt64)
       ENGINE = ReplacingMergeTree(version)
       ORDER BY finding
       SETTINGS ${DURABLE}`,
    ],
  },
];
