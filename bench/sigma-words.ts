/** A seeded generator and the words of the Sigma benchmark's invented rules and events, the same on every run. */

/** A small generator of even numbers below 1, from a seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Next = () => number;

export const PROGRAMS = [
  "powershell",
  "cmd",
  "rundll32",
  "regsvr32",
  "wscript",
  "mshta",
  "certutil",
  "bitsadmin",
  "curl",
  "git",
  "ssh",
  "rclone",
  "7z",
  "tar",
  "python",
  "node",
  "explorer",
  "winword",
  "excel",
  "outlook",
  "chrome",
  "msedge",
  "svchost",
  "services",
  "teams",
  "code",
  "java",
  "msbuild",
  "sc",
  "net",
  "whoami",
  "schtasks",
  "reg",
  "wmic",
];
export const FOLDERS = [
  "C:\\Windows\\System32\\",
  "C:\\Windows\\SysWOW64\\",
  "C:\\Program Files\\Vendor\\",
  "C:\\Users\\alice\\AppData\\Local\\Temp\\",
  "C:\\ProgramData\\",
  "C:\\Users\\alice\\Downloads\\",
];
export const WORDS = [
  "push",
  "origin",
  "main",
  "remote",
  "add",
  "upload",
  "update",
  "service",
  "start",
  "build",
  "install",
  "config",
  "token",
  "report",
  "finance",
  "archive",
  "backup",
  "export",
  "query",
  "list",
  "status",
  "sync",
  "clone",
  "fetch",
  "commit",
  "deploy",
  "session",
  "policy",
];
export const HOSTS = [
  "intranet.example",
  "git.example",
  "files.example",
  "mail.example",
  "cdn.example",
  "api.code.example",
  "updates.vendor.example",
  "login.example",
  "paste.example",
  "share.example",
];
export const ACTIONS = [
  "git.push",
  "git.clone",
  "git.fetch",
  "repo.create",
  "repo.access",
  "repo.destroy",
  "org.add_member",
  "org.remove_member",
  "hook.create",
  "team.add_repository",
  "protected_branch.policy_override",
  "workflows.created_workflow_run",
  "personal_access_token.request_created",
];
export const OKTA = [
  "user.session.start",
  "user.authentication.sso",
  "user.mfa.factor.deactivate",
  "policy.rule.update",
  "application.lifecycle.delete",
  "user.lifecycle.create",
  "group.user_membership.add",
  "system.api_token.create",
];

export function pick<T>(next: Next, list: readonly T[]): T {
  return list[Math.floor(next() * list.length)] as T;
}

export const digits = (next: Next, length: number) => Array.from({ length }, () => Math.floor(next() * 10)).join("");
export const letters = (next: Next, length: number) =>
  Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join("");
export const address = (next: Next) => `10.1.${Math.floor(next() * 255)}.${Math.floor(next() * 255)}`;
