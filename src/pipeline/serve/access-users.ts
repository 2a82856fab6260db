/** Local users: made, changed, and checked at sign-in. */
import type { User, UserStore } from "./backend.ts";
import type { Role } from "./contract.ts";
import {
  checkPassword,
  COST,
  hashPassword,
  impossibleHash,
  isOutdated,
  weaknessOf,
  type ScryptCost,
} from "./access-password.ts";
import { ProblemError } from "./problem.ts";

const NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/;

export interface UserChange {
  readonly role?: Role | undefined;
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
}

export class Users {
  readonly #store: UserStore;
  readonly #now: () => number;
  readonly #cost: ScryptCost;
  readonly #byName: Map<string, User>;
  readonly #impossible: string;

  private constructor(store: UserStore, users: readonly User[], now: () => number, cost: ScryptCost) {
    this.#store = store;
    this.#now = now;
    this.#cost = cost;
    this.#byName = new Map(users.map((user) => [user.name, user]));
    this.#impossible = impossibleHash(cost);
  }

  /** @param now ms */
  static async open(store: UserStore, now: () => number, cost: ScryptCost = COST): Promise<Users> {
    return new Users(store, await store.read(), now, cost);
  }

  /** By name, disabled ones too. */
  list(): readonly User[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whether anybody may sign in with a password. */
  get any(): boolean {
    return [...this.#byName.values()].some(({ disabled }) => !disabled);
  }

  /** null: there is none of this name, or it is disabled. */
  active(name: string): User | null {
    const user = this.#byName.get(name);
    return user === undefined || user.disabled ? null : user;
  }

  /** @throws {ProblemError} when the name or the password is none, or the name is taken */
  async add(given: string, role: Role, password: string): Promise<User> {
    const name = given.toLowerCase();
    if (!NAME.test(name))
      throw new ProblemError(
        "request.invalid",
        "a user's name is of letters, digits and . _ @ + -, at most 64 of them",
      );
    if (this.#byName.has(name)) throw new ProblemError("request.invalid", `there is a user ${name} already`);
    requireStrong(password, name);
    const now = this.#now();
    const user = {
      name,
      role,
      password: await hashPassword(password, this.#cost),
      disabled: false,
      created: now,
      changed: now,
    };
    return this.#write(user);
  }

  /**
   * @throws {ProblemError} when there is no such user, the password is none, or nobody could administer any more
   */
  async change(given: string, { role, password, disabled }: UserChange): Promise<User> {
    const user = this.#byName.get(given.toLowerCase());
    if (user === undefined) throw new ProblemError("not-found", "there is no user of this name");
    const changed: User = {
      ...user,
      role: role ?? user.role,
      disabled: disabled ?? user.disabled,
      ...(password === undefined ? {} : await this.#passwordOf(password, user.name)),
    };
    const others = [...this.#byName.values()].some(
      (other) => other.name !== user.name && other.role === "admin" && !other.disabled,
    );
    if (user.role === "admin" && !user.disabled && (changed.role !== "admin" || changed.disabled) && !others)
      throw new ProblemError("request.invalid", "this is the last admin: make another one first");
    return this.#write(changed);
  }

  /** The user, when the password is theirs. Takes as long whether there is such a user or not. */
  async check(given: string, password: string): Promise<User | null> {
    const user = this.active(given.toLowerCase());
    const fits = await checkPassword(password, user?.password ?? this.#impossible);
    if (user === null || !fits) return null;
    if (isOutdated(user.password, this.#cost))
      await this.#write({ ...user, password: await hashPassword(password, this.#cost) });
    return user;
  }

  async #passwordOf(password: string, name: string): Promise<Pick<User, "password" | "changed">> {
    requireStrong(password, name);
    return { password: await hashPassword(password, this.#cost), changed: this.#now() };
  }

  async #write(user: User): Promise<User> {
    await this.#store.write(user);
    this.#byName.set(user.name, user);
    return user;
  }
}

function requireStrong(password: string, name: string): void {
  const weakness = weaknessOf(password, name);
  if (weakness !== null) throw new ProblemError("request.invalid", `the password is too weak: ${weakness}`);
}
