/**
 * YAML text → values that know their line and column, so that every report can point at its place.
 *
 * YAML 1.2 core schema: `yes` is a string, `0x17` a number (whose source text is kept). Documents are bounded in size,
 * depth and number of nodes, aliases included, before anything else looks at them.
 */
import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type YAMLMap,
} from "yaml";
import type { Place } from "../../../model/errors.ts";
import type { IssueCode, IssueList } from "./issue.ts";

export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly type: "map";
  readonly entries: readonly LocatedEntry[];
  readonly place: Place;
}

export interface LocatedEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: Located;
}

export interface LocatedList {
  readonly type: "list";
  readonly items: readonly Located[];
  readonly place: Place;
}

export interface LocatedScalar {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  readonly source: string;
  readonly place: Place;
}

const MAX_CHARACTERS = 8 << 20;
const MAX_NODES = 50_000;
const MAX_DEPTH = 40;
const MAX_DOCUMENTS = 20_000;

/** The documents of a file; those that are not YAML are reported and left out. Never throws. */
export function readYaml(text: string, file: string, issues: IssueList): Located[] {
  const top: Place = { file, line: 1, column: 1 };
  if (text.length > MAX_CHARACTERS) {
    issues.add("yaml.limit", top, `the file is larger than ${MAX_CHARACTERS} characters`, "split it");
    return [];
  }
  const deep = tooDeep(text);
  if (deep !== null) {
    issues.add(
      "yaml.limit",
      { file, line: deep },
      `the document nests deeper than ${MAX_DEPTH} levels`,
      "no rule needs this",
    );
    return [];
  }
  const lines = new LineCounter();
  let documents: readonly Document[];
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Locator looks: the parser compares every key with every other
      uniqueKeys: false,
      stringKeys: true,
      logLevel: "silent",
    });
    documents = Array.isArray(parsed) ? (parsed as readonly Document[]) : [];
  } catch (error) {
    issues.add(
      "yaml.syntax",
      top,
      `the YAML parser gave up: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
  if (documents.length > MAX_DOCUMENTS) {
    issues.add("yaml.limit", top, `the file holds more than ${MAX_DOCUMENTS} documents`, "split it");
    return [];
  }
  const located: Located[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      issues.add(
        "yaml.syntax",
        { file, line, column: col },
        yamlMessage(error.message),
        yamlFix(error.code, error.message),
      );
      continue;
    }
    const value = new Locator(document, lines, file, issues).read();
    if (value !== null) located.push(value);
  }
  return located;
}

/** The line at which brackets or indentation nest deeper than allowed: the YAML parser recurses, so this comes first. */
function tooDeep(text: string): number | null {
  let depth = 0;
  let line = 1;
  let indicators = 0;
  let lineStart = true;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 10) {
      line++;
      indicators = 0;
      lineStart = true;
      // a new top-level key ends whatever brackets stand open inside quotes above
      if (isWordCode(text.charCodeAt(index + 1))) depth = 0;
    } else if (code === 91 || code === 123) {
      if (++depth > 400) return line;
      lineStart = false;
    } else if (code === 93 || code === 125) {
      if (depth > 0) depth--;
      lineStart = false;
    } else if (lineStart && (code === 45 || code === 63 || code === 58)) {
      // `- - - - x`: every indicator opens a level
      if (++indicators > MAX_DEPTH * 2) return line;
    } else if (code !== 32 && code !== 9 && code !== 13) {
      lineStart = false;
    }
  }
  return null;
}

function isWordCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

class Locator {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #issues: IssueList;
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  /** true: the document is not to be used, the reason is among the issues. */
  #stopped = false;

  constructor(document: Document, lines: LineCounter, file: string, issues: IssueList) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
    this.#issues = issues;
  }

  /** null: an empty document, or one that cannot be used. */
  read(): Located | null {
    const { contents } = this.#document;
    if (contents === null) return null;
    const value = this.#locate(contents, 0, false);
    if (this.#stopped) return null;
    if (value.type === "scalar" && value.value === null && value.source === "") return null;
    return value;
  }

  #stop(code: IssueCode, place: Place, message: string, fix: string): void {
    if (!this.#stopped) this.#issues.add(code, place, message, fix);
    this.#stopped = true;
  }

  /** @param aliased whether the node is read again, for an alias */
  #locate(node: Node | null, depth: number, aliased: boolean): Located {
    const place = this.#place(node);
    if (++this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#stop(
        "yaml.limit",
        place,
        `the document has more than ${MAX_NODES} values or nests deeper than ${MAX_DEPTH} levels`,
        "no rule needs this",
      );
    }
    if (this.#stopped || node === null) return { type: "scalar", value: null, source: "", place };
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return this.#locate(target, depth + 1, true);
      this.#stop(
        "yaml.syntax",
        place,
        `nothing is named \`&${node.source.slice(0, 40)}\`, which \`*\` refers to`,
        yamlFix("BAD_ALIAS", ""),
      );
    } else if (node.anchor !== undefined && !aliased) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return { type: "map", entries: this.#entries(node, depth, aliased), place };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#locate(item as Node | null, depth + 1, aliased));
      return { type: "list", items, place };
    }
    return { type: "scalar", ...scalarValue(node), place };
  }

  #entries(map: YAMLMap, depth: number, aliased: boolean): LocatedEntry[] {
    const keys = new Set<string>();
    return map.items.map(({ key, value }) => {
      const keyNode = key as Node | null;
      const entry: LocatedEntry = {
        key: keyText(keyNode),
        keyPlace: this.#place(keyNode),
        value: this.#locate(value as Node | null, depth + 1, aliased),
      };
      if (keys.has(entry.key))
        this.#stop(
          "yaml.syntax",
          entry.keyPlace,
          `the key “${entry.key.slice(0, 60)}” is given twice`,
          yamlFix("DUPLICATE_KEY", ""),
        );
      keys.add(entry.key);
      return entry;
    });
  }

  #place(node: Node | null): Place {
    const offset = node?.range?.[0];
    if (offset === undefined) return { file: this.#file };
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col };
  }
}

function keyText(key: Node | null): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}

function scalarValue(node: Node | null): { value: LocatedScalar["value"]; source: string } {
  if (!isScalar(node)) return { value: null, source: "" };
  const { value } = node;
  const source = node.source ?? "";
  // Integers beyond the exact range would be rounded: keep their text.
  if (typeof value === "number")
    return { value: Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value, source };
  if (typeof value === "string" || typeof value === "boolean") return { value, source };
  return { value: null, source };
}

function yamlMessage(message: string): string {
  return message.split("\n")[0]?.slice(0, 300) ?? "not YAML";
}

function yamlFix(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "indent with blanks, four a level";
  if (code === "DUPLICATE_KEY")
    return "give the key once; several values go in a list, a second test of the field in a selection of its own";
  if (code === "BAD_INDENT" || message.includes("indent") || message.includes("same column"))
    return "indent all keys of one mapping alike, four blanks a level";
  if (code === "MISSING_CHAR" || code === "UNEXPECTED_TOKEN")
    return "check quotes and brackets; a value with `: `, `#`, `*`, `%` or `\\` belongs in single quotes";
  if (code === "BLOCK_IN_FLOW" || code === "BLOCK_AS_IMPLICIT_KEY" || code === "MULTILINE_IMPLICIT_KEY")
    return "check the indentation, and put a value with `: ` in single quotes";
  if (code === "BAD_DQ_ESCAPE") return "use single quotes: backslashes are plain characters in them";
  if (code === "BAD_ALIAS") return "put a value that starts with `*` or `&` in single quotes";
  return "check indentation and quotes";
}
