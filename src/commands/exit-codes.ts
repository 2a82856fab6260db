/** Exit codes of contract.md, and which failure ends with which. */
import { type ErrorCode, SallyportError } from "../model/errors.ts";

export const EXIT = {
  done: 0,
  incidentsFound: 1,
  usage: 2,
  partly: 3,
  unavailable: 69,
  internal: 70,
  temporary: 75,
  permission: 77,
  invalid: 78,
} as const;

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  "input.malformed": EXIT.partly,
  "input.unreadable": EXIT.partly,
  "rule.invalid": EXIT.invalid,
  "policy.invalid": EXIT.invalid,
  "config.invalid": EXIT.invalid,
  "store.locked": EXIT.temporary,
  "store.unavailable": EXIT.unavailable,
  "intake.busy": EXIT.temporary,
  "listen.unavailable": EXIT.unavailable,
  "listen.unsafe": EXIT.invalid,
  "backup.invalid": EXIT.invalid,
  "usage.invalid": EXIT.usage,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof SallyportError) return BY_CODE[error.code];
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "EACCES" || code === "EPERM" ? EXIT.permission : EXIT.internal;
}
