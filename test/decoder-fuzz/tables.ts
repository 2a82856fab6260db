/** Rows of tables: CSV, W3C ELFF, Zeek's TSV. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { csvHeader, csvRow } from "../../src/pipeline/conform/decoders/csv-table.ts";
import { splitCsv } from "../../src/pipeline/conform/decoders/csv.ts";
import { elffColumns, splitElff } from "../../src/pipeline/conform/decoders/elff.ts";
import { zeekHeader, zeekPath, ZeekTable } from "../../src/pipeline/conform/decoders/zeek-tsv.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { damaged, golden, namesOf, wordOf, type Material } from "./inputs.ts";
import { bool, listOf, text } from "./shapes.ts";

const CELL_UNITS = ["a", "b", "0", " ", ",", ";", "|", '"', '""', "\\", "\t", "=", "é", "\0", "\ud800", "__proto__"];
const DELIMITERS = [",", ";", "|", "\t"] as const;

const CSV: Material = {
  samples: [
    ...golden("palo-alto-panos").filter((line) => line.startsWith("1,")),
    ...golden("cisco-umbrella"),
    '"2026-03-20 09:15:03","Ann ""A"" Example","192.0.2.7","github.com","Allowed"',
    "1;2;;;5",
    'a,"b,c","",d"e"f,"g"h',
  ],
  pieces: [...DELIMITERS, '"', '""', '","', ',"', '",', ",,", ',""', "\t\t"],
};

/** One character at a time: slow, and the authority. */
function splitPlainly(line: string, delimiter: string): string[] {
  const columns: string[] = [];
  let column = "";
  let isQuoted = line[0] === '"';
  for (let at = isQuoted ? 1 : 0; at < line.length; at += 1) {
    const character = line[at]!;
    if (isQuoted && character === '"') {
      if (line[at + 1] === '"') at += 1;
      else isQuoted = false;
      if (isQuoted) column += '"';
    } else if (isQuoted || character !== delimiter) column += character;
    else {
      columns.push(column);
      column = "";
      isQuoted = line[at + 1] === '"';
      if (isQuoted) at += 1;
    }
  }
  return [...columns, column];
}

const csv: FuzzedDecoder = {
  name: "CSV without a header",
  covers: ["csv.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, CSV),
  read(line, dice) {
    const delimiter = dice.of(DELIMITERS);
    const columns = splitCsv(line, delimiter);
    assert(columns.length <= 512 && columns.every(text));
    if (line.length < 2_000) assert.deepEqual(columns, splitPlainly(line, delimiter));
    return columns.length > 1;
  },
  roundTrip(dice) {
    const delimiter = dice.of(DELIMITERS);
    const cells = Array.from({ length: 1 + dice.below(20) }, () => wordOf(dice, CELL_UNITS, 8));
    const isPlain = (cell: string) => !cell.startsWith('"') && !cell.includes(delimiter) && dice.below(2) === 0;
    const line = cells.map((cell) => (isPlain(cell) ? cell : `"${cell.replaceAll('"', '""')}"`)).join(delimiter);
    assert.deepEqual(splitCsv(line, delimiter), cells);
  },
};

const CSV_TABLE: Material = {
  samples: [
    'id,actor,"action",ip\n1,ann,git.push,192.0.2.7\n2,"bob, b",,198.51.100.9',
    '\ufeffCreationDate,UserIds,Operations,AuditData\n2026-03-20,ann@acme.example,x,"{""a"":1}"',
    "a,b\n1,2\n3,4,5\n,",
    '"Date","__proto__"\nx,y',
  ],
  pieces: [...CSV.pieces, "\n", "\n\n", "id,", "actor", "\ufeff", '"\n"', " ,"],
};

const csvTable: FuzzedDecoder = {
  name: "CSV below a header",
  covers: ["csv-table.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, CSV_TABLE),
  read(table, dice) {
    const [head = "", ...rows] = table.split("\n", 40);
    const names = csvHeader(head, dice.below(2) === 0 ? [] : ["id", "actor"]);
    if (names === undefined) return false;
    assert(names.every(text));
    for (const line of rows) {
      const row = csvRow(line, names);
      if (row === null) continue;
      assert.equal(Object.getPrototypeOf(row), null);
      for (const name of Object.keys(row)) assert(names.includes(name) && text(row[name]) && row[name] !== "");
    }
    return true;
  },
  roundTrip(dice) {
    const names = ["id", "__proto__", ...namesOf(dice, 6).map((name) => `x${name}`)];
    const cells = names.map(() => wordOf(dice, CELL_UNITS, 6).trim());
    const written = (row: readonly string[]) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
    const header = csvHeader(written(names), ["id"]);
    assert.deepEqual(header, names);
    const row = csvRow(written(cells), header)!;
    assert.deepEqual(
      Object.entries(row),
      names.map((name, at) => [name, cells[at]]).filter(([, cell]) => cell !== ""),
    );
  },
};

const ELFF: Material = {
  samples: [
    ...golden("bluecoat-proxysg"),
    "#Fields: date time c-ip cs(User-Agent) sc-bytes x-exception-id",
    '2026-03-20 09:15:03 192.0.2.7 "Mozilla/5.0 ""x"" y" 1024 -',
    'a\t\tb\t-\t"c d"\t',
  ],
  pieces: ["#Fields:", "# fields: ", " ", "  ", "\t", '"', '""', '" "', ' "', '"\t', "-", "\r", "#"],
};

const elff: FuzzedDecoder = {
  name: "W3C ELFF",
  covers: ["elff.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, ELFF),
  read(line) {
    const names = elffColumns(line);
    assert(names === null || (names.length > 0 && names.every((name) => name !== "" && !/\s/.test(name))));
    const values = splitElff(line);
    assert(values.length <= 512 && values.every(text));
    assert(values.join("").length <= line.length);
    return values.length > 1;
  },
  roundTrip(dice) {
    const delimiter = dice.of([" ", "\t"]);
    const units = CELL_UNITS.filter((unit) => unit !== "\t");
    const cells = Array.from({ length: 2 + dice.below(20) }, () => wordOf(dice, units, 8));
    const line = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
    assert.deepEqual(splitElff(line), cells);
  },
};

const ZEEK: Material = {
  samples: [
    [
      "#separator \\x09",
      "#set_separator\t,",
      "#empty_field\t(empty)",
      "#unset_field\t-",
      "#path\tconn",
      "#fields\tts\tuid\tid.orig_h\ttunnel_parents\tlocal_orig",
      "#types\ttime\tstring\taddr\tset[string]\tbool",
      "1774000000.123\tCa1\t192.0.2.7\t(empty)\tT",
      "1774000001.5\tCb2\t-\ta,b\\x2cc\t-",
    ].join("\n"),
    "#fields\tts\n1774000000.1\n#close\t2026-03-20-09-15-03",
    "#separator ,\n#fields,a,b\n#types,vector[int],string\n1,2",
    "#separator \\x7c\\x7c\n#path||dns\n#fields||ts||query\n1||a.example",
  ],
  pieces: [
    ..."separator set_separator empty_field unset_field path open close fields types"
      .split(" ")
      .map((word) => `#${word}`),
    ..."\t,|-#\n".split(""),
    " ",
    "\\x09",
    "\\x",
    "\\\\",
    "(empty)",
    "set[",
    "vector[addr]",
    "bool",
    "T",
  ],
};

const zeek: FuzzedDecoder = {
  name: "Zeek TSV",
  covers: ["zeek-tsv.ts", "zeek.ts"],
  input: (dice) => damaged(dice, ZEEK),
  read(log) {
    const table = new ZeekTable();
    let rows = 0;
    for (const line of log.split("\n", 200)) {
      assert(zeekHeader(line) === null || line.startsWith("#"));
      assert(zeekPath(line) !== "");
      table.isRow(line);
      const row = zeekRow(table, line);
      if (row === null) continue;
      rows += 1;
      assert.equal(Object.getPrototypeOf(row), null);
      for (const value of Object.values(row)) assert(text(value) || bool(value) || listOf(text)(value));
    }
    assert(table.preamble.split("\n").every((line) => line === "" || zeekHeader(line) !== null));
    return rows > 0;
  },
  roundTrip(dice) {
    const separator = dice.of(["\t", ",", "|", "\x01"]);
    const units = ["a", "0", " ", "\\", separator, ";", "é", "-", "T", "__proto__", "\ud800"];
    const written = (cell: string) => {
      const escaped = cell.replaceAll("\\", "\\\\").replaceAll(separator, hexOf(separator)).replaceAll(";", hexOf(";"));
      return cell === "-" ? hexOf("-") : escaped;
    };
    const names = ["__proto__", ...namesOf(dice, 6)];
    const cells = names.map(() => wordOf(dice, units, 6) || "x");
    const list = [wordOf(dice, units, 4) || "x", "y;", "é"];
    const table = new ZeekTable();
    for (const line of [
      `#separator ${hexOf(separator)}`,
      `#set_separator${separator};`,
      `#unset_field${separator}-`,
      ["#fields", ...names, "some.list"].join(separator),
      ["#types", ...names.map(() => "string"), "set[string]"].join(separator),
    ])
      assert.equal(table.read(line), null);
    const row = table.read([...cells.map(written), list.map(written).join(";")].join(separator))!;
    assert.deepEqual(Object.entries(row), [...names.map((name, at) => [name, cells[at]]), ["some.list", list]]);
  },
};

/** A row of the table; null for what is none, refused or a header. */
function zeekRow(table: ZeekTable, line: string): ReturnType<ZeekTable["read"]> {
  try {
    return table.read(line);
  } catch (error) {
    if (error instanceof MalformedInputError) return null;
    throw error;
  }
}

function hexOf(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

export const tables: readonly FuzzedDecoder[] = [csv, csvTable, elff, zeek];
