/** Every failure the product raises on purpose. One class per thing a caller can do about it. */

/** Codes are stable, appear in logs and output, and each has a heading in docs/errors.md. */
export const ERROR_CODES = {
  "input.malformed": "A log line is not what its source promises. The line is quarantined and counted.",
  "input.unreadable": "A file or folder cannot be opened or read. It is skipped and counted.",
  "rule.invalid": "A detection does not load. `rule check` names the place.",
  "policy.invalid": "policy.yaml does not validate.",
  "config.invalid": "The configuration does not validate.",
  "store.locked": "Another process has the store open.",
  "store.unavailable": "The store cannot be opened or does not answer.",
  "intake.busy": "The store cannot follow what comes in. The sender is told to try again later; nothing is lost.",
  "listen.unavailable": "The address to listen on is taken or not to be had.",
  "listen.unsafe": "The address to listen on can be reached by others, and nothing keeps them out.",
  "backup.invalid": "A backup is incomplete, damaged, or of a newer release.",
  "usage.invalid": "The command line asks for something that does not exist.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Where in which file a problem sits. Line and column count from 1, as editors do. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

export abstract class SallyportError extends Error {
  abstract readonly code: ErrorCode;
  readonly place: Place | undefined;

  constructor(message: string, options: { place?: Place | undefined; cause?: unknown } = {}) {
    super(options.place ? `${formatPlace(options.place)}: ${message}` : message, { cause: options.cause });
    this.place = options.place;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The line goes to quarantine with this message; the lines around it go on. */
export class MalformedInputError extends SallyportError {
  readonly code = "input.malformed";
}

/** The file is skipped; the others go on; the exit code is 3. */
export class UnreadableInputError extends SallyportError {
  readonly code = "input.unreadable";
}

export class InvalidRuleError extends SallyportError {
  readonly code = "rule.invalid";
}

export class InvalidPolicyError extends SallyportError {
  readonly code = "policy.invalid";
}

export class InvalidConfigError extends SallyportError {
  readonly code = "config.invalid";
}

export class StoreLockedError extends SallyportError {
  readonly code = "store.locked";
}

export class StoreUnavailableError extends SallyportError {
  readonly code = "store.unavailable";
}

/** Nothing of the batch was taken: the source offers it again, or tells its own side to. */
export class IntakeBusyError extends SallyportError {
  readonly code = "intake.busy";
  /** When it is worth trying again, ms from now. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export class ListenError extends SallyportError {
  readonly code = "listen.unavailable";
}

export class UnsafeListenError extends SallyportError {
  readonly code = "listen.unsafe";
}

export class BackupInvalidError extends SallyportError {
  readonly code = "backup.invalid";
}

export class UsageError extends SallyportError {
  readonly code = "usage.invalid";
}

/** `file:line:column`, leaving out what is not known. */
export function formatPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
