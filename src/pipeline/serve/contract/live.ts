/** What `/status` says of a running installation. */
import * as z from "zod";
import { milliseconds } from "./shape.ts";

/** What a source that runs says of itself, beside what is stored of it. */
export const sourceHealthFields = {
  health: z
    .enum(["starting", "running", "failing", "stopped"])
    .nullable()
    .meta({ description: "null: not a running source but the logs of one that were read" }),
  last_error: z.string().nullable().meta({ description: "what is wrong with it now" }),
  rejected: z.number().meta({ description: "lines that could not be read, since the start" }),
  dropped: z.number().meta({ description: "records that came and were lost, since the start" }),
};

export const LiveStatusItem = z
  .object({
    received: z.number().meta({ description: "events read since the start, rejected ones included" }),
    rejected: z.number(),
    waiting_bytes: z.number().meta({ description: "of lines that are being stored" }),
    concluded_at: milliseconds.nullable().meta({ description: "when incidents were last brought up to date" }),
    visible_p50_ms: z.number().nullable().meta({ description: "from a line's coming to its incident; upper bound" }),
    visible_p99_ms: z.number().nullable(),
    problem: z.string().nullable().meta({ description: "what keeps it from taking anything in, or from getting on" }),
  })
  .nullable()
  .meta({ description: "null where nothing is collected" });

export const ConfigurationStatusItem = z
  .object({
    file: z.string(),
    loaded: milliseconds.meta({ description: "when what runs was read" }),
    problem: z.string().nullable().meta({ description: "why what the files say now was not taken up" }),
    refused: milliseconds.nullable(),
  })
  .nullable()
  .meta({ description: "null where there is none" });

export const ReceiverStatusItem = z.object({
  id: z.string(),
  type: z.string(),
  sent: z.number(),
  failed: z.number().meta({ description: "notices given up" }),
  waiting: z.number(),
  last_error: z.string().nullable(),
  last_sent: milliseconds.nullable(),
  given_up: z
    .array(z.object({ incident: z.string(), change: z.string(), time: milliseconds, answer: z.string() }))
    .meta({ description: "What it was not told and will not be, newest first." }),
});
