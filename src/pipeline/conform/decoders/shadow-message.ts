/**
 * What the programs that keep Linux accounts write to syslog: useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd,
 * passwd, chage, chfn, chsh of shadow-utils and BusyBox.
 *
 * @see https://github.com/shadow-maint/shadow
 */

export interface AccountMessage {
  /** `create user`, `add to group`: what was done, in words that do not depend on the program. */
  readonly code: string;
  readonly change:
    | { readonly kind: "account"; readonly activity: 1 | 3 | 6 | 9 | 12 | 99 }
    | { readonly kind: "group"; readonly activity: 3 | 4 | 5 | 6 | 99; readonly group: string };
  readonly user?: string | undefined;
  readonly uid?: string | undefined;
  readonly gid?: string | undefined;
  /** Who asked for it, where the program says. */
  readonly by?: string | undefined;
}

type Reading = (match: RegExpExecArray) => AccountMessage;

const account = (code: string, activity: 1 | 3 | 6 | 9 | 12 | 99, user: string | undefined): AccountMessage => ({
  code,
  change: { kind: "account", activity },
  user,
});
const group = (
  code: string,
  activity: 3 | 4 | 5 | 6 | 99,
  name: string | undefined,
  user?: string,
): AccountMessage => ({
  code,
  change: { kind: "group", activity, group: name ?? "" },
  user,
});

/** Lines that a change writes besides (`group added to /etc/gshadow`, `to shadow group`) repeat it and are left out. */
const MESSAGES: readonly (readonly [RegExp, Reading])[] = [
  [
    /^new (?:user|account): name=([^,\s]{1,255}), UID=(\d{1,10}), GID=(\d{1,10})/,
    ([, user, uid, gid]) => ({ ...account("create user", 1, user), uid, gid }),
  ],
  [/^new group: name=([^,\s]{1,255}), GID=(\d{1,10})/, ([, name, gid]) => ({ ...group("create group", 6, name), gid })],
  [/^delete user [`'](\S{1,255})'$/, ([, user]) => account("delete user", 6, user)],
  [/^removed group [`'](\S{1,255})' owned by [`']\S{1,255}'$/, ([, name]) => group("delete group", 5, name)],
  [/^group [`'](\S{1,255})' removed$/, ([, name]) => group("delete group", 5, name)],
  [/^add [`'](\S{1,255})' to group [`'](\S{1,255})'$/, ([, user, name]) => group("add to group", 3, name, user)],
  [
    /^delete [`'](\S{1,255})' from group [`'](\S{1,255})'$/,
    ([, user, name]) => group("remove from group", 4, name, user),
  ],
  [
    /^user (\S{1,255}) (added|removed) by (\S{1,255}) (?:to|from) group (\S{1,255})$/,
    ([, user, done, by, name]) => ({
      ...(done === "added" ? group("add to group", 3, name, user) : group("remove from group", 4, name, user)),
      by,
    }),
  ],
  [
    /^(?:members|administrators) of group (\S{1,255}) set by (\S{1,255}) to \S{0,1000}$/,
    ([, name, by]) => ({ ...group("set members", 99, name), by }),
  ],
  [/^lock user [`'](\S{1,255})' password$/, ([, user]) => account("lock password", 9, user)],
  [/^unlock user [`'](\S{1,255})' password$/, ([, user]) => account("unlock password", 12, user)],
  [
    /^password for [`'](\S{1,255})' changed by [`'](\S{1,255})'$/,
    ([, user, by]) => ({ ...account("change password", 3, user), by }),
  ],
  [/^change user [`'](\S{1,255})' password$/, ([, user]) => account("change password", 3, user)],
  [/^changed password expiry for (\S{1,255})$/, ([, user]) => account("change password expiry", 99, user)],
  [
    /^change user (?:name )?[`'](\S{1,255})' (?:to |([A-Za-z]{1,20}) |\S)/,
    ([, user, what]) => account(`change ${(what ?? "name").toLowerCase()}`, 99, user),
  ],
  [/^changed user [`'](\S{1,255})' (information|shell)/, ([, user, what]) => account(`change ${what}`, 99, user)],
];

/** undefined for a line that changes nothing, or repeats a change. */
export function accountMessage(body: string): AccountMessage | undefined {
  if (body.length > 2048) return undefined;
  for (const [pattern, read] of MESSAGES) {
    const match = pattern.exec(body);
    if (match !== null) return read(match);
  }
  return undefined;
}
