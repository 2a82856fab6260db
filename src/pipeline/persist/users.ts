/** Local users: names, roles, and what their passwords are checked against. */
import { storeTime, type Store } from "./store.ts";

export interface UserRow {
  readonly name: string;
  readonly role: string;
  /** scrypt parameters, salt and key: `$scrypt$ln=15,r=8,p=3$…$…`. */
  readonly password: string;
  readonly disabled: boolean;
  /** ms since 1970 UTC */
  readonly created: number;
  /** When the password was last set. */
  readonly changed: number;
}

/** All users, disabled ones too, by name. */
export async function readUsers(store: Pick<Store, "rows">): Promise<UserRow[]> {
  return (
    await store.rows<Pick<UserRow, "name" | "role" | "password"> & { off: number; made: string; latest: string }>(
      `SELECT name, role, password, disabled AS off, toString(toUnixTimestamp64Milli(created)) AS made, toString(toUnixTimestamp64Milli(changed)) AS latest
       FROM account FINAL ORDER BY name LIMIT 100000`,
    )
  ).map(({ off, made, latest, ...row }) => ({
    ...row,
    disabled: off === 1,
    created: Number(made),
    changed: Number(latest),
  }));
}

/** @param version newer than all before */
export async function writeUser(store: Pick<Store, "append">, row: UserRow, version: number): Promise<void> {
  await store.append("account", [
    {
      ...row,
      disabled: row.disabled ? 1 : 0,
      created: storeTime(row.created),
      changed: storeTime(row.changed),
      version,
    },
  ]);
}
