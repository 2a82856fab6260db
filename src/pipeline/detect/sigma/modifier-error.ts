import type { Place } from "../../../model/errors.ts";
import type { IssueCode } from "./issue.ts";

/** A value its modifiers cannot handle, or modifiers that do not exist or combine. */
export class ModifierError extends Error {
  readonly code: IssueCode;
  readonly place: Place;
  readonly fix: string;

  constructor(code: IssueCode, place: Place, message: string, fix = "") {
    super(message);
    this.name = "ModifierError";
    this.code = code;
    this.place = place;
    this.fix = fix;
  }
}
