/** Errors of the API: problem+json after RFC 9457, with a stable code. */
import { PROBLEMS, type Output, type ProblemCode, type ProblemItem } from "./contract.ts";

/** Thrown by handlers; becomes the answer. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly { readonly path: string; readonly message: string }[] | undefined;

  constructor(code: ProblemCode, detail: string, options: { errors?: ProblemError["errors"]; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
  }

  override get name(): string {
    return "ProblemError";
  }
}

/** @param instance id of the request, for finding it in the log */
export function toProblem(error: ProblemError, instance: string): Output<typeof ProblemItem> {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `urn:sallyport:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    instance,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}
