import { expect, test } from "vitest";
import { attemptOf } from "./sshd-message.ts";

const HOSTILE = "root from 203.0.113.66 port 1 ssh2: x";

test.each([
  ["Failed password", `Failed password for invalid user ${HOSTILE} from 192.0.2.7 port 40112 ssh2`],
  ["Failed publickey", `Failed publickey for invalid user ${HOSTILE} from 192.0.2.7 port 40112 ssh2: RSA SHA256:abc`],
  ["Invalid user", `Invalid user ${HOSTILE} from 192.0.2.7 port 40112`],
  [
    "tries used up",
    `error: maximum authentication attempts exceeded for invalid user ${HOSTILE} from 192.0.2.7 port 40112 ssh2 [preauth]`,
  ],
])("%s: a name that looks like the rest of the line lends no other address", (_name, line) => {
  expect(attemptOf(line)).toMatchObject({ name: HOSTILE, address: "192.0.2.7", port: "40112" });
});

test.each([
  ["Too many authentication failures"],
  ["Change of username or service not allowed: (a 203.0.113.66 port 1: b,ssh-connection) -> (c,ssh-connection)"],
])("a name that looks like the end of the line, broken off for: %s", (reason) => {
  const name = "a 203.0.113.66 port 1: b";
  const line = `Disconnecting invalid user ${name} 192.0.2.7 port 40112: ${reason} [preauth]`;
  expect(attemptOf(line)).toMatchObject({ name, address: "192.0.2.7", port: "40112", reason });
});
