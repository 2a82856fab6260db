import { existsSync, globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import linuxAuditd from "../maps/linux-auditd.ts";
import { decodeText, isAuditRecord, readArguments, readAuditRecord, readProcessTitle, textValue } from "./auditd.ts";
import { readSocketAddress } from "./socket-address.ts";

const golden = new URL("../golden/linux-auditd/", import.meta.url);
const lines = globSync("*.in", { cwd: golden }).flatMap((file) =>
  readFileSync(new URL(file, golden), "utf8")
    .split("\n")
    .filter((line) => line !== ""),
);
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "audit.log" };

describe("a record", () => {
  test("header, plain and enriched fields", () => {
    const record = readAuditRecord(
      'node=a type=SYSCALL msg=audit(1773998102.12:88): arch=c000003e comm="a b" key=(null)\u001dAUID="alice" arch=other',
    );
    expect(record).toMatchObject({ node: "a", type: "SYSCALL", time: 1_773_998_102_120, id: "1773998102.12:88" });
    expect([...record.fields]).toEqual([
      ["arch", "c000003e"],
      ["comm", '"a b"'],
      ["key", "(null)"],
      ["AUID", '"alice"'],
    ]);
  });

  test("the message of a program, quotes inside included", () => {
    const { fields } = readAuditRecord(
      `type=USER_CMD msg=audit(1.000:2): pid=3 msg='cwd="/" cmd=6C73 exe="/usr/bin/sudo" op=it's res=success'`,
    );
    expect(textValue(fields, "cmd")).toBe("ls");
    expect(fields.get("res")).toBe("success");
  });

  test.each([
    "",
    "type=SYSCALL",
    "msg=audit(1.2:3):",
    "type=x msg=audit(1.2:3): a=b",
    `${" ".repeat(500)}type=CWD msg=audit(1.2:3): cwd="/"`,
  ])("%j is none", (text) => {
    expect(isAuditRecord(text)).toBe(false);
    expect(() => readAuditRecord(text)).toThrow(MalformedInputError);
  });
});

describe("encoded values", () => {
  test.each([
    ['"plain"', "plain"],
    ['"cafe"', "cafe"],
    ["2F746D702F6120C3A9", "/tmp/a é"],
    ["(null)", undefined],
    ["abc", "abc"],
    ["ABC", "ABC"],
    ['"', ""],
    ["", undefined],
  ])("%s -> %s", (raw, expected) => {
    expect(decodeText(raw)).toBe(expected);
  });

  test("text comes back from its hexadecimal form", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (value) => {
        expect(decodeText(Buffer.from(value).toString("hex").toUpperCase())).toBe(value);
      }),
    );
  });

  test("arguments in pieces and out of range", () => {
    const argv: string[] = [];
    readArguments(
      new Map([
        ["argc", "3"],
        ["a0", '"git"'],
        ["a2[0]", "6162"],
        ["a2[1]", "63"],
        ["a9999", '"x"'],
        ["a1", '""'],
      ]),
      argv,
    );
    expect(argv).toEqual(["git", "", "abc"]);
  });

  test("a process title", () => {
    expect(readProcessTitle("67697400707573680061206200")).toEqual(["git", "push", "a b"]);
    expect(readProcessTitle('"git"')).toEqual(["git"]);
  });
});

describe("socket addresses", () => {
  test.each([
    ["020001BBC000022C0000000000000000", { family: "inet", address: "192.0.2.44", port: 443 }],
    [
      "0A0001BB0000000020010DB800000000000000000000004400000000",
      { family: "inet6", address: "2001:db8::44", port: 443 },
    ],
    ["0A000016000000000000000000000000000000000000000100000000", { family: "inet6", address: "::1", port: 22 }],
    ["0A0000160000000020010DB8000000010001000000000000", { family: "inet6", address: "2001:db8:0:1:1::", port: 22 }],
    ["0A0000160000000000000000000000000000FFFFC6336407", { family: "inet", address: "198.51.100.7", port: 22 }],
    ["01002F72756E2F7300", { family: "local", address: "/run/s", port: undefined }],
    ["0100002F72756E00", { family: "local", address: "@/run", port: undefined }],
    ["100000000000", undefined],
    ["0200", undefined],
    ["zz", undefined],
  ])("%s", (hex, expected) => {
    const read = readSocketAddress(hex);
    expect(read === undefined ? undefined : { address: read.address, port: read.port }).toEqual(
      expected === undefined ? undefined : { address: expected.address, port: expected.port },
    );
  });
});

describe("joining", () => {
  const events = (input: readonly string[]): OcsfEvent[] => {
    const reader = linuxAuditd.open();
    return [...input.flatMap((line) => reader.push(decode(line, 0))), ...reader.flush()];
  };
  const launch = (serial: number, program: string): string[] =>
    [
      `type=SYSCALL msg=audit(1773998102.123:${serial}): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=${serial} auid=1000 uid=1000 comm="x" exe="/usr/bin/x"`,
      `type=EXECVE msg=audit(1773998102.123:${serial}): argc=2 a0="x" a1="${program}"`,
      `type=CWD msg=audit(1773998102.123:${serial}): cwd="/"`,
    ].map((line) => `node=n ${line}`);

  test("up to 32 events however interleaved", () => {
    const count = fc.integer({ min: 1, max: 32 });
    fc.assert(
      fc.property(count, fc.infiniteStream(fc.nat()), (number, choices) => {
        const queues = Array.from({ length: number }, (_, index) => launch(index + 1, `p${index}`));
        const mixed: string[] = [];
        for (let open = [...queues]; open.length > 0; open = open.filter((queue) => queue.length > 0)) {
          const queue = open[Number(choices.next().value) % open.length]!;
          mixed.push(queue.shift()!);
        }
        const commands = events(mixed).map(({ process }) => `${process?.cmd_line} in ${process?.working_directory}`);
        expect(commands.toSorted()).toEqual(
          Array.from({ length: number }, (_, index) => `x p${index} in /`).toSorted(),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("doubled lines change nothing", () => {
    const once = launch(1, "a");
    expect(events(once.flatMap((line) => [line, line]))).toEqual(events(once));
  });

  test("a machine that is seconds behind does not cut another's events short", () => {
    const behind = launch(1, "a").map((line) =>
      line.replace("node=n", "node=slow").replace("1773998102", "1773990000"),
    );
    const [first, ...rest] = launch(2, "b");
    expect(events([first!, ...behind, ...rest]).map(({ process }) => process?.cmd_line)).toEqual(["x b", "x a"]);
  });

  test("an event two seconds old is not waited for", () => {
    const reader = linuxAuditd.open();
    expect(reader.push(decode(launch(1, "a")[0]!, 0))).toEqual([]);
    expect(reader.push(decode(launch(2, "b")[0]!.replace("1773998102.123", "1773998104.124"), 0))).toHaveLength(1);
  });
});

describe("whatever comes", () => {
  test("arbitrary text is read or refused", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300, unit: "binary" }), (head, body) =>
        survives([head, `type=EXECVE msg=audit(1.000:2): ${body}`]),
      ),
      { numRuns: 300 },
    );
  });

  test("real lines with damage are read or refused", () => {
    const damage = fc.record({
      from: fc.nat(lines.length - 1),
      at: fc.nat(2_000),
      length: fc.nat(40),
      text: fc.string({ maxLength: 8, unit: "binary" }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const copy = [...lines];
        for (const { from, at, length, text } of damages) {
          const line = copy[from]!;
          copy[from] = line.slice(0, at % line.length) + text + line.slice((at % line.length) + length);
        }
        survives(copy);
      }),
      { numRuns: 200 },
    );
  });

  test("many words without '=' and many without blanks are read in linear time", () => {
    const start = performance.now();
    survives([
      `type=CWD msg=audit(1.000:2): ${"a ".repeat(300_000)}b=c`,
      `type=CWD msg=audit(1.000:2): ${"a=' ".repeat(200_000)}`,
      `type=CWD msg=audit(1.000:2): ${'a="b'.repeat(300_000)}`,
    ]);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

const samples = new URL("../../../../../shared/logs/linux/", import.meta.url);

test.skipIf(!existsSync(samples))(
  "every sample beside the checkout is read (skipped where ../shared/logs is absent)",
  () => {
    for (const file of globSync("auditd*/*", { cwd: samples })) {
      const reader = linuxAuditd.open();
      const text = readFileSync(new URL(file, samples), "utf8")
        .split("\n")
        .filter((line) => line !== "");
      const out = [
        ...text.flatMap((line) => reader.push(decode(line, environment.fileModifiedTime))),
        ...reader.flush(),
      ];
      expect(out.length).toBe(text.filter((line) => line.includes("type=SYSCALL")).length);
    }
  },
);

function survives(input: readonly string[]): void {
  const reader = linuxAuditd.open();
  for (const line of input) {
    try {
      const record = decode(line, environment.fileModifiedTime);
      linuxAuditd.recognise(record);
      reader.push(record);
    } catch (error) {
      if (!(error instanceof MalformedInputError)) throw error;
    }
  }
  reader.flush();
}
