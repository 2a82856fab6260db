/** Messages of programs: sshd, PAM, and Ruby hashes in GitLab's and other Rails logs. */
import assert from "node:assert/strict";
import { MalformedInputError } from "../../src/model/errors.ts";
import { parsePam, type PamMessage } from "../../src/pipeline/conform/decoders/pam.ts";
import { parseRubyHash } from "../../src/pipeline/conform/decoders/ruby-hash.ts";
import { accountMessage, type AccountMessage } from "../../src/pipeline/conform/decoders/shadow-message.ts";
import { attemptOf, type Attempt } from "../../src/pipeline/conform/decoders/sshd-message.ts";
import type { Dice } from "../dice.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { damaged, wordOf, type Material, valueOf } from "./inputs.ts";
import { bool, hasShape, json, maybe, oneOf, text, told } from "./shapes.ts";

const PAM: Material = {
  samples: [
    "pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)",
    "pam_unix(sudo:session): session closed for user root",
    "pam_unix(su:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
    "pam_sss(sshd:auth): authentication success; logname= uid=0 tty=ssh ruser=bob rhost=h user=ann",
    "pam_unix(passwd:chauthtok): password changed for ann",
    "pam_faillock(sshd:auth): Consecutive login failures for user ann account temporarily locked",
    "(pam_unix) session opened for user ann by (uid=0)",
    "PAM 2 more authentication failures; logname= uid=0 rhost=203.0.113.9 user=ann",
  ],
  pieces: [
    "pam_unix(",
    "(",
    ")",
    ":session): ",
    "session opened for user ",
    " by ",
    "(uid=0)",
    "; ",
    "user=",
    " rhost=",
    "=",
    " ",
  ],
};

const pam: FuzzedDecoder = {
  name: "PAM",
  covers: ["pam.ts"],
  input: (dice) => damaged(dice, PAM),
  read(line) {
    const message = parsePam(line, "sshd");
    if (message === undefined) return false;
    hasShape<PamMessage>(message, {
      service: text,
      outcome: oneOf("opened", "closed", "failure", "success", "locked", "password changed"),
      user: text,
      uid: maybe((value) => text(value) && /^\d+$/.test(value as string)),
      by: maybe(text),
      rhost: maybe(text),
      tty: maybe(text),
    });
    assert(line.includes(message.user));
    return true;
  },
};

const SSHD: Material = {
  samples: [
    ...PAM.samples,
    "Accepted publickey for git from 192.0.2.7 port 56296 ssh2: ED25519 SHA256:abc",
    "Failed password for invalid user admin from 198.51.100.77 port 52146 ssh2",
    "Invalid user oracle from 198.51.100.77 port 52148",
    "User mallory from 203.0.113.40 not allowed because not listed in AllowUsers",
    "error: maximum authentication attempts exceeded for invalid user oper from 203.0.113.41 port 40112 ssh2 [preauth]",
    "Disconnecting authenticating user dana 203.0.113.42 port 40113: Too many authentication failures [preauth]",
    "Connection closed by invalid user  203.0.113.44 port 40115 [preauth]",
    "Failed password for ann from 192.0.2.7",
    "subsystem request for sftp by user ann",
    "ROOT LOGIN REFUSED FROM 203.0.113.40 port 1",
    "refused connect from h.example (203.0.113.40)",
    "Disconnected from user ann 192.0.2.7 port 1",
    "Starting session: command for ann from 192.0.2.7 port 1 id 0",
    "Close session: user ann from 192.0.2.7 port 1 id 0",
    "Received disconnect from 192.0.2.7 port 1:11: disconnected by user [preauth]",
    "error: PAM: Authentication failure for illegal user ann from h.example",
  ],
  pieces: [
    ...PAM.pieces,
    " from ",
    " port ",
    " for ",
    "invalid user ",
    "Failed ",
    "Accepted ",
    " ssh2",
    ": ",
    " [preauth]",
    "22",
  ],
};

const sshd: FuzzedDecoder = {
  name: "sshd",
  covers: ["sshd-message.ts"],
  input: (dice) => damaged(dice, SSHD),
  read(line) {
    const attempt = attemptOf(line);
    if (attempt === null) return false;
    hasShape<Attempt>(attempt, {
      code: text,
      activity: oneOf(1, 2, 99),
      succeeded: maybe(bool),
      method: maybe(text),
      name: text,
      address: text,
      port: maybe((value) => text(value) && /^\d{1,5}$/.test(value as string)),
      rest: text,
      reason: maybe(text),
      uid: maybe(text),
      session: maybe(text),
    });
    for (const part of [attempt.address, attempt.rest]) assert(line.includes(part));
    // `ROOT LOGIN REFUSED` names root
    assert(line.toLowerCase().includes(attempt.name.toLowerCase()));
    return true;
  },
  roundTrip(dice) {
    // who signs on chooses the name, and may choose one that looks like the rest of the line
    const name = wordOf(
      dice,
      ["a", " ", "x from 6.6.6.6 port 1 ssh2", " from ", " port 2", " 6.6.6.6 port 1: a", ": ", "-", " ssh2"],
      4,
    );
    const [address, port] = [dice.of(["192.0.2.7", "2001:db8::1"]), String(1 + dice.below(65_535))];
    const line = dice.of([
      `Failed password for invalid user ${name} from ${address} port ${port} ssh2`,
      `Failed publickey for invalid user ${name} from ${address} port ${port} ssh2: RSA SHA256:abc`,
      `Invalid user ${name} from ${address} port ${port}`,
      `error: maximum authentication attempts exceeded for invalid user ${name} from ${address} port ${port} ssh2 [preauth]`,
      `Connection closed by invalid user ${name} ${address} port ${port} [preauth]`,
      `Disconnecting invalid user ${name} ${address} port ${port}: Too many authentication failures [preauth]`,
      `Disconnecting invalid user ${name} ${address} port ${port}: Change of username or service not allowed: (${name},ssh-connection) -> (${name}b,ssh-connection) [preauth]`,
    ]);
    const attempt = attemptOf(line)!;
    assert.deepEqual([attempt.name, attempt.address, attempt.port], [name, address, port], line);
  },
};

const ACCOUNTS: Material = {
  samples: [
    "new user: name=svc-sync, UID=1021, GID=1021, home=/home/svc-sync, shell=/bin/bash, from=/dev/pts/1",
    "new group: name=deploy, GID=1030",
    "delete user 'ann'",
    "removed group 'deploy' owned by 'ann'",
    "add 'ann' to group 'sudo'",
    "user ann added by root to group docker",
    "members of group docker set by root to ann,bob",
    "password for 'ann' changed by 'root'",
    "change user 'ann' home from '/home/ann' to '/srv/ann'",
    "changed user 'ann' information",
  ],
  pieces: [
    "name=",
    ", UID=",
    ", GID=",
    " '",
    "' ",
    "`",
    " to group ",
    " by ",
    "user ",
    "group ",
    "change ",
    "password",
    "42",
  ],
};

const accounts: FuzzedDecoder = {
  name: "accounts of Linux",
  covers: ["shadow-message.ts"],
  input: (dice) => damaged(dice, ACCOUNTS),
  read(line) {
    const message = accountMessage(line);
    if (message === undefined) return false;
    hasShape<AccountMessage>(message, {
      code: text,
      change: told,
      user: maybe(text),
      uid: maybe(text),
      gid: maybe(text),
      by: maybe(text),
    });
    for (const part of [message.user, message.uid, message.gid, message.by])
      assert(part === undefined || line.includes(part));
    return true;
  },
};

const RUBY: Material = {
  samples: [
    '{:action=>"repo.create", :data=>{"a"=>nil, :b=>[1, 2.5, true]}, :"odd key"=>:sym}',
    '{action: "repo.create", "a" => nil, "odd key": 1, n: -1_000, t: 2026-03-20 09:15:03 UTC}',
    '{:o=>#<Repo:0x01 @a={:b=>1}>, :s=>"a\\"b\\u00e9\\e[0m\\x41\\101", 1=>1e5}',
    "{}",
  ],
  pieces: [
    ...'{}[]:,"\\ #<>',
    "=>",
    '=>"',
    ": ",
    ":a=>",
    "nil",
    "#<A",
    "\\u{1F600}",
    "\\u{110000}",
    "\\uD800",
    "\\777",
    "1_0",
    "1e999",
  ],
};

const ruby: FuzzedDecoder = {
  name: "Ruby hashes",
  covers: ["ruby-hash.ts"],
  refuses: MalformedInputError,
  input: (dice) => damaged(dice, RUBY),
  read(line) {
    const hash = parseRubyHash(line);
    assert(json(hash) && Object.getPrototypeOf(hash) === null);
    return true;
  },
  roundTrip(dice) {
    const value = { "": valueOf(dice, RUBY_UNITS, 3), ["__proto__"]: wordOf(dice, RUBY_UNITS, 6) };
    assert.deepEqual(
      JSON.parse(JSON.stringify(parseRubyHash(inspected(value, dice)))),
      JSON.parse(JSON.stringify(value)),
    );
  },
};

const RUBY_UNITS = ["a", '"', "\\", "#", "{", "}", "=>", ":", ",", "\n", "é", "\u001b", "𐀀", "nil"];

/** As Ruby's `inspect` prints it, keys as symbols or text. */
function inspected(value: unknown, dice: Dice): string {
  if (value === null) return "nil";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => inspected(item, dice)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const pairs = Object.entries(value).map(([key, held]) => {
    const written = inspected(held, dice);
    if (dice.below(3) === 0) return `${quoted(key)}: ${written}`;
    return `${dice.below(2) === 0 && /^[a-z]+$/.test(key) ? `:${key}` : quoted(key)}=>${written}`;
  });
  return `{${pairs.join(", ")}}`;
}

function quoted(value: string): string {
  return `"${value
    .replace(/["\\#]/g, String.raw`\$&`)
    .replaceAll("\n", "\\n")
    .replaceAll("\u001b", "\\e")}"`;
}

export const messages: readonly FuzzedDecoder[] = [pam, sshd, accounts, ruby];
