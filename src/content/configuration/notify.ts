/** `notify`: who is told about incidents, of what, and when. */
import * as z from "zod";
import { CHANGES, SEVERITIES } from "../../model/notification.ts";
import { RECEIVER_KINDS } from "../../pipeline/notify/kinds/index.ts";
import type { ReceiverKind } from "../../pipeline/notify/receiver.ts";
import { isTimeZone } from "../../pipeline/notify/local-time.ts";
import { parseDigest } from "../../pipeline/notify/schedule.ts";
import { span } from "./fields.ts";
import { readSecret, secretFields, secretOf } from "./secret.ts";

const severity = z.enum(SEVERITIES);

const timezone = z.string().refine(isTimeZone, {
  error: (issue) => `"${String(issue.input)}" is not an IANA time zone; write for instance Europe/Berlin`,
});

const clock = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "write a time of day such as 22:00" })
  .meta({ description: "Time of day, HH:MM." });

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const QuietHours = z
  .strictObject({
    from: clock,
    to: clock.meta({ description: "Earlier than `from`, or the same: of the next day." }),
    timezone: timezone.optional().meta({ description: "IANA name; that of the receiver when left out." }),
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .optional()
      .meta({ description: "Days on which they begin; every day when left out." }),
  })
  .meta({ description: "What comes up in these hours is told when they end." });

/** What every receiver has. */
const common = {
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
      error: "write a name of letters, digits, . _ and -, at most 64 of them",
    })
    .optional()
    .meta({
      description:
        "Your name for it, unique: what was told is kept under it. Its type and place in the list (`slack-2`) when left out.",
    }),
  min_severity: severity.optional().meta({ description: "Incidents at least that severe; `low` when left out." }),
  severities: z.array(severity).min(1).optional().meta({ description: "Incidents of these severities only." }),
  behaviours: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: "Incidents with one of these behaviours only; `*` and `?` are patterns." }),
  teams: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: "Incidents of people of these teams only, as `people` in policy.yaml names them." }),
  changes: z.array(z.enum(CHANGES)).min(1).optional().meta({
    description:
      "`new`: seen first; `raised`: more severe than last told; `closed`: closed, or opened again. `new` and `raised` when left out.",
  }),
  digest: z
    .string()
    .refine((value) => parseDigest(value) !== null, { error: "write 15m, 1h or daily at 08:00" })
    .optional()
    .meta({ description: "Gathered, and told together: every `15m`, every `1h`, `daily at 08:00`." }),
  quiet_hours: QuietHours.optional(),
  at_once: z
    .array(severity)
    .optional()
    .meta({ description: "Severities that wait for no digest and no quiet hours; `[critical]` when left out." }),
  timezone: timezone.optional().meta({ description: "Of digests and quiet hours; UTC when left out." }),
  give_up_after: span.optional().meta({ description: "How long an unreachable receiver is tried; 3d when left out." }),
  allow_private: z.boolean().optional().meta({
    description:
      "Names may lead to loopback and private addresses too. Not needed for an address that is written here itself.",
  }),
} as const;

function schemaOf(kind: ReceiverKind) {
  const secrets = Object.keys(kind.secrets);
  return z
    .strictObject({
      type: z.literal(kind.type),
      ...kind.settings,
      ...Object.assign({}, ...secrets.map((name) => secretFields(name))),
      ...common,
    })
    .superRefine((settings, context) => {
      const values = settings as Readonly<Record<string, unknown>>;
      for (const name of secrets) {
        const [file, env] = [values[`${name}_file`], values[`${name}_env`]];
        if (file !== undefined && env !== undefined)
          context.addIssue({ code: "custom", message: `${name}_file and ${name}_env name the same: keep one of them` });
        else if (kind.secrets[name] === "required" && file === undefined && env === undefined)
          context.addIssue({ code: "custom", message: `write ${name}_file or ${name}_env: it is needed` });
      }
      const mistake = kind.check(values);
      if (mistake !== null) context.addIssue({ code: "custom", message: mistake });
    })
    .meta({ title: kind.type, description: kind.description });
}

const [first, ...others] = RECEIVER_KINDS.map(schemaOf);
if (first === undefined) throw new RangeError("there are no kinds of receivers");

const CommonSchema = z.object({ type: z.string(), ...common });

type Common = z.output<typeof CommonSchema>;

/** One entry as the file says it. */
export type NotifySettings = Common & Readonly<Record<string, unknown>>;

export const NotifySchema = z
  .array(z.discriminatedUnion("type", [first, ...others]))
  .superRefine((entries, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const id = idOf(entry as NotifySettings, index);
      if (seen.has(id))
        context.addIssue({
          code: "custom",
          path: [index, "id"],
          message: `another receiver is named ${id}: ids are unique`,
        });
      seen.add(id);
    }
  }) as unknown as z.ZodType<NotifySettings[]>;

/** The id, or type and place: `slack-2`. @param index from 0 */
function idOf({ id, type }: Pick<Common, "id" | "type">, index: number): string {
  return id ?? `${type}-${index + 1}`;
}

/** An entry with what it leaves out, and with its secrets. */
export interface NotifyEntry extends Omit<Common, "id"> {
  readonly id: string;
  /** Settings of its kind, with secrets under their names. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Fills in ids and reads the secrets.
 * @throws {InvalidConfigError} when a secret is missing, or others may read it
 */
export function resolveNotify(entries: readonly NotifySettings[]): NotifyEntry[] {
  return entries.map((entry, index) => {
    const kind = RECEIVER_KINDS.find(({ type }) => type === entry.type);
    if (kind === undefined) throw new RangeError(`there is no receiver of type ${entry.type}`);
    const settings: Record<string, unknown> = {};
    for (const name of Object.keys(kind.settings)) settings[name] = entry[name];
    for (const name of Object.keys(kind.secrets)) {
      const reference = secretOf(entry as Record<string, string | undefined>, name);
      if (reference !== null) settings[name] = readSecret(reference);
    }
    return { ...CommonSchema.parse(entry), id: idOf(entry, index), settings };
  });
}
