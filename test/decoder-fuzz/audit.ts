/** Linux audit records, their joining, and what laurel makes of them. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { decode } from "../../src/pipeline/conform/decode.ts";
import {
  joinRecords,
  type AuditEvent,
  type AuditPath,
  type AuditUser,
} from "../../src/pipeline/conform/decoders/audit-event.ts";
import { AuditJoiner } from "../../src/pipeline/conform/decoders/audit-joiner.ts";
import {
  decodeText,
  isAuditRecord,
  readAuditRecord,
  type AuditRecord,
} from "../../src/pipeline/conform/decoders/auditd.ts";
import { isLaurelEvent, readLaurelEvent } from "../../src/pipeline/conform/decoders/laurel.ts";
import { readSocketAddress, type SocketAddress } from "../../src/pipeline/conform/decoders/socket-address.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { REFERENCE } from "./headers.ts";
import { damaged, golden, namesOf, wordOf, type Material } from "./inputs.ts";
import { damagedJson, jsonMaterial } from "./json-inputs.ts";
import { bool, finite, hasShape, listOf, maybe, oneOf, orNull, shaped, text, textMap, whole } from "./shapes.ts";

const RECORD = { node: orNull(text), type: text, time: whole, id: text, fields: textMap };
const ADDRESS = { family: oneOf("inet", "inet6", "local"), address: text, port: maybe(whole) };
const USER = shaped<AuditUser>({ uid: maybe(text), name: maybe(text) });
const EVENT = {
  host: maybe(text),
  time: whole,
  id: text,
  types: listOf(text),
  syscall: maybe(text),
  success: maybe(bool),
  exit: maybe(finite),
  registers: listOf(whole),
  pid: maybe(whole),
  ppid: maybe(whole),
  comm: maybe(text),
  exe: maybe(text),
  key: maybe(text),
  terminal: maybe(text),
  session: maybe(text),
  loginUser: USER,
  user: USER,
  argv: maybe(listOf(text)),
  commandLine: maybe(text),
  parent: maybe(
    shaped<NonNullable<AuditEvent["parent"]>>({ exe: maybe(text), comm: maybe(text), argv: maybe(listOf(text)) }),
  ),
  title: maybe(listOf(text)),
  cwd: maybe(text),
  paths: listOf(shaped<AuditPath>({ name: text, nametype: text, mode: maybe(text) })),
  address: maybe(shaped<SocketAddress>(ADDRESS)),
  message: textMap,
};

const stamp = "msg=audit(1774000003.123:45):";
const CALL = [
  `type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=7f ppid=1 pid=77 auid=1000 uid=1000 tty=pts0 ses=3 comm="git" exe="/usr/bin/git" key="exec"\u001dARCH=x86_64 SYSCALL=execve AUID="ann"`,
  `type=EXECVE ${stamp} argc=3 a0="git" a1=70757368 a2[0]="x" a2[1]="y"`,
  `type=CWD ${stamp} cwd="/srv"`,
  `type=PATH ${stamp} item=0 name="/usr/bin/git" nametype=NORMAL mode=0100755`,
  `type=SOCKADDR ${stamp} saddr=020001BBC0000207000000000000000000`,
  `type=PROCTITLE ${stamp} proctitle=6769740070757368`,
  `type=EOE ${stamp} `,
];

const AUDIT: Material = {
  samples: [
    ...CALL,
    CALL.join("\n"),
    CALL.map((line) => `node=n ${line}`).join("\n"),
    ...golden("linux-auditd"),
    `type=USER_CMD ${stamp} pid=1 uid=1000 auid=1000 ses=3 msg='cwd="/" cmd=6C73 terminal=pts/0 res=success'`,
  ],
  pieces: [
    ...[
      "type=",
      "node=a ",
      "msg=audit(",
      "1.2:3",
      "):",
      stamp,
      "EOE",
      "SYSCALL",
      "EXECVE",
      "UNKNOWN[1300]",
      "type=1309 ",
    ],
    ...[
      "\n",
      "\u001d",
      "#035",
      " ",
      ",",
      "=",
      '="',
      "='",
      "'",
      '"',
      "{",
      "}",
      "a0=",
      "a4095=",
      "a9999=",
      "a1[9]=",
      "(null)",
    ],
    ...["saddr=", "0A", "FF", "exit=", "pid=", "4294967295", "name=", "msg='"],
  ],
};

const auditd: FuzzedDecoder = {
  name: "auditd",
  covers: ["auditd.ts", "audit-event.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, AUDIT),
  read(line) {
    isAuditRecord(line);
    const record = readAuditRecord(line);
    hasShape<AuditRecord>(record, RECORD);
    assert(record.fields.size <= 4096);
    hasShape<AuditEvent>(joinRecords([record, record], "h"), EVENT);
    return true;
  },
  roundTrip(dice) {
    const values = namesOf(dice, 6).map((key) => [key, wordOf(dice, TEXT_UNITS, 8) || "x"] as const);
    const written = values.map(([key, value]) => {
      const isPlain = /^[^"\u001d\0\n\ud800]*$/.test(value) && !value.includes("#035");
      return `${key}=${isPlain ? `"${value}"` : Buffer.from(value).toString("hex").toUpperCase()}`;
    });
    const { fields, time, type } = readAuditRecord(`type=CWD ${stamp} ${written.join(" ")}`);
    assert.deepEqual([time, type], [1_774_000_003_123, "CWD"]);
    assert.deepEqual(
      [...fields].map(([key, raw]) => [key, decodeText(raw)]),
      values,
    );
  },
};

const TEXT_UNITS = ["a", "F0", " ", "=", '"', "'", ",", "{", "\u001d", "\0", "\n", "é", "𐀀"];

const joiner: FuzzedDecoder = {
  name: "auditd, records joined",
  covers: ["audit-joiner.ts"],
  input: (dice) => damaged(dice, AUDIT),
  read(log, dice) {
    const joiner = new AuditJoiner();
    const [taken, given] = [new Set<string>(), new Set<string>()];
    const lines = log.split("\n", 200);
    // records of one event in any order, some twice
    for (let extra = dice.below(4); extra > 0; extra--) lines.splice(dice.below(lines.length), 0, dice.of(lines));
    for (const line of lines) {
      const record = recordOf(line);
      if (record === null) continue;
      if (record.type !== "EOE") taken.add(line);
      for (const { records, lines: from, host } of joiner.push(record, record.node ?? undefined, line)) {
        hasShape<AuditEvent>(joinRecords(records, host), EVENT);
        for (const one of from) given.add(one);
      }
    }
    for (const { lines: from } of joiner.flush()) for (const one of from) given.add(one);
    assert.deepEqual([...given].toSorted(), [...taken].toSorted());
    return taken.size > 0;
  },
};

function recordOf(line: string): AuditRecord | null {
  try {
    return readAuditRecord(line);
  } catch (error) {
    if (error instanceof MalformedInputError) return null;
    throw error;
  }
}

const LAUREL = jsonMaterial([
  '{"ID":"1774000003.123:45","NODE":"n","SYSCALL":{"arch":"0xc000003e","syscall":59,"success":"yes","exit":0,"ppid":1,"pid":7,"auid":1000,"uid":1000,"ses":7,"tty":"pts2","comm":"git","exe":"/usr/bin/git","key":"exec","SYSCALL":"execve","AUID":"ann","ARGV":["0x1","0xffffffffffffffff"],"PPID":{"comm":"npm","exe":"/x","ARGV":["npm"]}},"EXECVE":{"ARGV":["git","f%c3%bcr"]},"CWD":{"cwd":"/srv"},"PATH":[{"name":"x","nametype":"NORMAL","mode":"0o1"}],"PROCTITLE":{"ARGV":["git"]},"SOCKADDR":[{"saddr":"%02","SADDR":{"saddr_fam":"inet","laddr":"192.0.2.44","lport":443}}]}',
  '{"ID":"1774000003.123:46","USER_LOGIN":[{"pid":9,"uid":0,"auid":1000,"msg":{"op":"login","exe":"/usr/sbin/sshd","addr":"192.0.2.7","res":"success"},"UID":"root"}]}',
  '{"ID":"1774000003.123:47","SYSCALL":{"syscall":42,"PPID":null},"SOCKADDR":[{"SADDR":"{ saddr_fam=inet laddr=192.0.2.44 lport=443 }"}],"EXECVE":{"ARGV_STR":"perl -e 1"},"PARENT_INFO":{"comm":"sh"}}',
]);

const laurel: FuzzedDecoder = {
  name: "laurel",
  covers: ["laurel.ts"],
  refuses: MalformedInputError,
  input: (dice) => damagedJson(dice, LAUREL),
  read(line) {
    const record = decode(line, REFERENCE).json;
    if (record === null) return false;
    const known = isLaurelEvent(record);
    const event = readLaurelEvent(record, undefined);
    assert(!known || event !== undefined);
    if (event === undefined) return false;
    hasShape<AuditEvent>(event, EVENT);
    return true;
  },
};

const SOCKETS: Material = {
  samples: [
    "020001BBC0000207000000000000000000",
    "0A0001BB0000000020010DB800000000000000000000004400000000",
    "0A0000160000000000000000000000000000FFFFC6336407",
    "01002F72756E2F7300",
    "0100002F72756E00",
  ],
  pieces: ["00", "FF", "02", "0A", "000A", "0", "zz", "2f", "0000000000000000"],
};

const sockets: FuzzedDecoder = {
  name: "sockaddr",
  covers: ["socket-address.ts"],
  input: (dice) => damaged(dice, SOCKETS),
  read(hex) {
    const address = readSocketAddress(hex);
    if (address === undefined) return false;
    hasShape<SocketAddress>(address, ADDRESS);
    return true;
  },
  roundTrip(dice) {
    const groups = Array.from({ length: 8 }, () => (dice.below(2) === 0 ? 0 : dice.below(0x1_0000)));
    const port = dice.below(65_536);
    const hex = (number: number) => number.toString(16).padStart(4, "0").toUpperCase();
    const read = readSocketAddress(`0A00${hex(port)}00000000${groups.map(hex).join("")}00000000`)!;
    assert.equal(read.port, port);
    const written = groups.map((group) => group.toString(16)).join(":");
    assert.equal(new URL(`http://[${read.address}]/`).hostname, new URL(`http://[${written}]/`).hostname);
  },
};

export const audit: readonly FuzzedDecoder[] = [auditd, joiner, laurel, sockets];
