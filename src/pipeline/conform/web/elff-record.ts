/** A row of an extended log file -> its fields by name, whatever spelling the columns, keys or properties have. */
import type { JsonObject } from "../../../model/activity.ts";
import { ELFF_NAMES, type ElffField } from "../tables/elff.ts";

export interface ElffRecord {
  /** undefined where the row has no such field or writes that there is nothing. */
  get(field: ElffField): string | undefined;
}

/** What Blue Coat and Netskope write for "nothing". */
const NOTHING: ReadonlySet<string> = new Set(["", "-", "NotChecked", "NotAvailable", "N/A", "null", "None", "none"]);

const FIELDS = Object.entries(ELFF_NAMES) as [ElffField, readonly string[]][];

/** Columns -> where each field stands. Worked out once per header. */
export class ElffColumns {
  readonly length: number;
  readonly #places = new Map<ElffField, readonly number[]>();

  constructor(columns: readonly string[]) {
    this.length = columns.length;
    const places = new Map<string, number>();
    columns.forEach((column, index) => {
      const name = normalName(column);
      if (!places.has(name)) places.set(name, index);
    });
    for (const [field, names] of FIELDS) {
      const found = names.map((name) => places.get(name)).filter((place) => place !== undefined);
      if (found.length > 0) this.#places.set(field, found);
    }
  }

  has(field: ElffField): boolean {
    return this.#places.has(field);
  }

  row(values: readonly string[]): ElffRecord {
    return {
      get: (field) => {
        const places = this.#places.get(field);
        if (places === undefined) return undefined;
        for (let index = 0; index < places.length; index += 1) {
          const value = values[places[index]!];
          if (value !== undefined && !NOTHING.has(value)) return value;
        }
        return undefined;
      },
    };
  }
}

/** The same of an object or of pairs, whose names may be spelt with underscores. */
export function elffOf(pairs: Iterable<readonly [string, unknown]>): ElffRecord {
  const values = new Map<string, string>();
  for (const [key, value] of pairs) {
    const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
    if (text === undefined || NOTHING.has(text)) continue;
    const name = normalName(key);
    if (!values.has(name)) values.set(name, text);
  }
  return {
    get: (field) => {
      const names = ELFF_NAMES[field];
      for (let index = 0; index < names.length; index += 1) {
        const value = values.get(names[index]!);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

export function elffOfJson(json: JsonObject): ElffRecord {
  return elffOf(Object.entries(json));
}

/** Names of one log are few; what strangers send is not kept without bound. */
const MAX_KNOWN = 4_096;
const known = new Map<string, string>();

function normalName(name: string): string {
  const before = known.get(name);
  if (before !== undefined) return before;
  const normal = name.length > 128 ? name : name.toLowerCase().replaceAll("_", "-").replace("(", "-").replace(")", "");
  if (known.size < MAX_KNOWN) known.set(name, normal);
  return normal;
}
