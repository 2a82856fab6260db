/** What a kind of receiver is: what its configuration says, and how it delivers. */
import type * as z from "zod";
import type { Clock } from "../../model/ports.ts";
import type { Notice } from "../../model/notification.ts";
import type { Guard } from "./guard.ts";

/** How an attempt ended. */
export type Outcome =
  /** It has it. `reference`: what the receiver calls it. */
  | { readonly result: "delivered"; readonly answer: string; readonly reference?: string | undefined }
  /** It does not want it, and will not tomorrow. */
  | { readonly result: "refused"; readonly answer: string }
  /** Nobody knows whether it has it: try again, not before `retryAfterMs` where it says so. */
  | { readonly result: "failed"; readonly answer: string; readonly retryAfterMs?: number | undefined };

export interface Attempt {
  /** Stable id of what is sent: of the notice, or of the digest. */
  readonly delivery: string;
  /** Something may have arrived already: an earlier attempt failed, or a process ended in the middle of one. */
  readonly again: boolean;
  /** What the receiver called the first notice of this story; empty when it said nothing. */
  readonly reference: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

export interface Receiver {
  deliver(notice: Notice, attempt: Attempt): Promise<Outcome>;
  /** Several changes at once. Where there is none, they are delivered one after the other. */
  deliverDigest?(notices: readonly Notice[], attempt: Attempt): Promise<Outcome>;
}

export interface ReceiverPorts {
  readonly clock: Clock;
  readonly guard: Guard;
  /** Name of this machine. */
  readonly hostname: string;
  /** Of the product. */
  readonly version: string;
  /** Where people look at an incident; null where the console has no address for others. */
  readonly link: (uid: string) => string | null;
  /** Reads a certificate. @throws {InvalidConfigError} */
  readonly readFile: (path: string) => string;
}

/** Whether a secret must be there. */
export type SecretNeed = "required" | "optional";

type SettingsOf<Shape extends z.ZodRawShape, Secrets extends Readonly<Record<string, SecretNeed>>> = Readonly<
  z.output<z.ZodObject<Shape>>
> & {
  readonly [Name in keyof Secrets]: Secrets[Name] extends "required" ? string : string | undefined;
};

export interface ReceiverKind {
  readonly type: string;
  /** As people call it. */
  readonly title: string;
  readonly description: string;
  /** What may stand in its configuration, besides what every receiver has. */
  readonly settings: z.ZodRawShape;
  /** Values that stand in a file or in the environment, never in the configuration. */
  readonly secrets: Readonly<Record<string, SecretNeed>>;
  /** What holds between settings: the mistake, or null. */
  readonly check: (settings: Readonly<Record<string, unknown>>) => string | null;
  /** Hosts the settings name: where they are addresses, those may be reached even if private. */
  readonly hosts: (settings: Readonly<Record<string, unknown>>) => readonly string[];
  readonly connect: (settings: Readonly<Record<string, unknown>>, ports: ReceiverPorts) => Receiver;
}

/** Declares a kind of receiver; the types of its settings follow from their schema. */
export function defineReceiver<
  const Shape extends z.ZodRawShape,
  const Secrets extends Readonly<Record<string, SecretNeed>>,
>(kind: {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly settings: Shape;
  readonly secrets: Secrets;
  readonly check?: (
    settings: Readonly<z.output<z.ZodObject<Shape>>> & Readonly<Record<string, unknown>>,
  ) => string | null;
  readonly hosts: (settings: Readonly<z.output<z.ZodObject<Shape>>>) => readonly string[];
  readonly connect: (settings: SettingsOf<Shape, Secrets>, ports: ReceiverPorts) => Receiver;
}): ReceiverKind {
  return { check: () => null, ...kind } as unknown as ReceiverKind;
}
