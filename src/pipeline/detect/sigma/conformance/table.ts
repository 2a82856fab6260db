/** The shape of the conformance tables: what the specification says, as rows of rule, event and outcome. */

/** Items of one selection as YAML, the value of field `f` (undefined: the field is missing), whether it holds. */
export type ItemRow = readonly [items: string, value: unknown, holds: boolean];

export interface ItemTable {
  /** The construct, as docs/sigma.md names it. */
  readonly construct: string;
  readonly rows: readonly ItemRow[];
}
