import { expect, test } from "vitest";
import { parsePam } from "./pam.ts";

test.each([
  [
    "pam_unix(sshd:session): session opened for user git(uid=998) by root(uid=0)",
    { service: "sshd", outcome: "opened", user: "git", uid: "998", by: "root", rhost: undefined, tty: undefined },
  ],
  [
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=dana",
    {
      service: "sshd",
      outcome: "failure",
      user: "dana",
      uid: undefined,
      by: undefined,
      rhost: "203.0.113.9",
      tty: "ssh",
    },
  ],
  ["pam_unix(sshd:auth): check pass; user unknown", undefined],
  ["pam_systemd(sshd:session): Failed to release session: Interrupted system call", undefined],
  ["session opened for user git by (uid=0)", undefined],
])("%s", (line, message) => {
  expect(parsePam(line, "sshd")).toEqual(message);
});

test("an empty value is absent, and does not take the next name for its own", () => {
  const line = "PAM 3 more authentication failures; logname= uid=0 euid=0 tty= ruser= rhost= user=";
  expect(parsePam(line, "su")).toEqual({
    service: "su",
    outcome: "failure",
    user: "",
    uid: undefined,
    by: undefined,
    rhost: undefined,
    tty: undefined,
  });
});
