/**
 * What policy.yaml may say: the sanctioned world, the inventory, the people, and the mutable elements of the ATT&CK
 * analytics under ATT&CK's own names. Every key is optional; the difference between a missing and an empty list counts
 * (a missing list means that policy is silent).
 */
import * as z from "zod";

const text = z.string().min(1);
const pattern = text.meta({
  description: "`*` is any run of characters, `?` one character, everything else is literal; case does not count.",
});
const repositoryPattern = pattern
  .refine((value) => !/^[a-z+]+:\/\//i.test(value), { error: "write host/owner/name, without the scheme" })
  .meta({ description: "Pattern for `host/owner/name`." });

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40],
]);

/** `50MB`, `1.5 GiB`, `1000` -> bytes; null for anything else. KB, MB, GB count by 1000, KiB, MiB, GiB by 1024. */
export function parseSize(value: string | number): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
  const parts = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})\s*$/i.exec(value);
  const unit = UNITS.get(parts?.[2]?.toLowerCase() ?? "");
  return parts === null || unit === undefined ? null : Math.round(Number(parts[1]) * unit);
}

const size = z.union([z.string(), z.number()], { error: "write a size such as 50MB" }).transform((value, context) => {
  const bytes = parseSize(value);
  if (bytes !== null) return bytes;
  context.issues.push({ code: "custom", message: `"${value}" is not a size; write for instance 50MB`, input: value });
  return z.NEVER;
});

const clock = z
  .string()
  .regex(/^(?:[01]?\d|2[0-3]):[0-5]\d$|^24:00$/, { error: "write a time of day such as 07:00" })
  .meta({ description: "Time of day, HH:MM." });

const moment = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?$|^(?:[01]?\d|2[0-3]):[0-5]\d$|^24:00$/,
    {
      error: "write a date and time such as 2026-03-21T18:00 or a time of day such as 18:00",
    },
  )
  .meta({
    description:
      "Date and time (in the time zone of WorkHours unless it names its own), or a time of day for a shift of every day.",
  });

const timezone = z.string().refine(isTimeZone, {
  error: (issue) => `"${String(issue.input)}" is not an IANA time zone; write for instance Europe/Berlin`,
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** An address, or a range in CIDR form. Checked for form only here; the context stage parses it. */
const address = text.regex(/^[0-9a-f:.]+(?:\/\d{1,3})?$/i, {
  error: "write an address or a range such as 10.1.0.0/16",
});

export const PolicySchema = z
  .strictObject({
    organization: text.optional().meta({ description: "Name of the organisation, for titles and reports." }),
    sanctioned: z
      .strictObject({
        repositories: z.array(repositoryPattern).optional().meta({ description: "Where code and data may go." }),
        hosts: z
          .array(
            z.strictObject({
              match: pattern,
              role: text.optional().meta({
                description:
                  "developer, pipeline, backup, server, administration, hypervisor, office, or a word of your own.",
              }),
              repositories: z
                .array(repositoryPattern)
                .optional()
                .meta({ description: "The only repositories these machines may talk to." }),
            }),
          )
          .optional()
          .meta({
            description: "Which machines may talk to repositories, and as what. The first entry that matches counts.",
          }),
        users: z.array(pattern).optional().meta({ description: "Who may: patterns for e-mail addresses and logins." }),
        service_accounts: z
          .array(
            z.strictObject({
              match: pattern,
              hosts: z.array(pattern).optional(),
              repositories: z.array(repositoryPattern).optional(),
            }),
          )
          .optional()
          .meta({ description: "Accounts of programs, the machines they run on and the repositories they serve." }),
        addresses: z
          .array(address)
          .optional()
          .meta({ description: "Where repository access may come from: internal and public egress ranges." }),
      })
      .optional(),
    inventory: z
      .array(z.strictObject({ address, host: text.optional(), user: text.optional() }))
      .optional()
      .meta({ description: "Joins an address to a host and a user." }),
    people: z
      .array(
        z.strictObject({
          user: text.meta({ description: "The person's e-mail address." }),
          logins: z.array(text).optional().meta({ description: "Logins on code hosts and local accounts." }),
          team: text.optional(),
          developer: z.boolean().optional(),
        }),
      )
      .optional(),
    on_call: z
      .array(z.strictObject({ user: text, from: moment, to: moment }))
      .optional()
      .meta({ description: "Shifts: within one, its person is at work." }),
    MonitoredDomains: z
      .array(pattern)
      .optional()
      .meta({ description: "Code hosts added to the built-in catalogue, with their subdomains." }),
    RepoDomainList: z.array(pattern).optional().meta({ description: "Allowed code hosts." }),
    ExfilVolumeThreshold: size
      .optional()
      .meta({ description: "Per actor and destination, per session.", unit: "bytes" }),
    WorkHours: z
      .strictObject({
        timezone: timezone.optional().meta({ description: "IANA name; UTC when left out." }),
        days: z.array(z.enum(DAYS)).optional().meta({ description: "Monday to Friday when left out." }),
        from: clock.optional().meta({ description: "First minute at work; 00:00 when left out." }),
        to: clock.optional().meta({
          description: "First minute no longer at work; 24:00 when left out. Earlier than `from` means after midnight.",
        }),
      })
      .optional(),
    MonitoredApplications: z
      .array(pattern)
      .optional()
      .meta({ description: "Applications that are not expected to send much to repositories." }),
    DatastoreTransferThreshold: size
      .optional()
      .meta({ description: "Moved from a datastore to an external service.", unit: "bytes" }),
    sensitive_paths: z.array(pattern).optional().meta({
      description:
        "Folders whose files matter. `\\` and `/` are the same; upper and lower case differ only in POSIX paths.",
    }),
  })
  .meta({ id: "Policy", description: "What is sanctioned here." });

/** A policy as read: sizes in bytes, everything else as written. Plain data, so it can be handed to a worker. */
export type Policy = z.infer<typeof PolicySchema>;
