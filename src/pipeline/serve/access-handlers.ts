/** Answers about users, tokens and sessions: the same for the API and for the command line, each change written down. */
import type * as z from "zod";
import { isWithin, type Access } from "./access.ts";
import type { AuditEntry, AuditStore, Credential, User } from "./backend.ts";
import {
  ADMIN_ENDPOINTS,
  type Caller,
  type Endpoint,
  type Output,
  type TokenItem,
  UPKEEP_ENDPOINTS,
  type UserItem,
} from "./contract.ts";
import { decodeCursor, toPage } from "./cursor.ts";
import { ProblemError } from "./problem.ts";

const DAY_MS = 86_400_000;
const TOKEN_DAYS = 90;
const FAR_MS = Date.UTC(2149, 0);
const AUDIT_ROWS = 50;
const MOST_AUDIT_ROWS = 200;

const ALL = { ...ADMIN_ENDPOINTS, ...UPKEEP_ENDPOINTS };
export type AdminId = keyof typeof ALL;
type Part<Id extends AdminId, Name extends string> =
  (typeof ALL)[Id] extends Readonly<Record<Name, infer Shape extends z.ZodType>> ? z.output<Shape> : undefined;

export interface AdminCaller extends Caller {
  /** null: somebody at the command line, who has the store's files. */
  readonly credential: Credential | null;
}

export interface AdminCall<Id extends AdminId> {
  readonly parameters: Part<Id, "parameters">;
  readonly query: Part<Id, "query">;
  readonly body: Part<Id, "body">;
  readonly caller: AdminCaller;
}

type HandlersOf<Ids extends AdminId> = {
  readonly [Id in Ids]: (call: AdminCall<Id>) => Promise<Output<(typeof ALL)[Id]["returns"]>>;
};
export type AccessHandlers = HandlersOf<keyof typeof ADMIN_ENDPOINTS>;
/** Retention, deletion and backups; whoever has the store provides them. */
export type UpkeepHandlers = HandlersOf<keyof typeof UPKEEP_ENDPOINTS>;
export type AdminHandlers = HandlersOf<AdminId>;

export function accessHandlers(access: Access, audit: AuditStore | undefined): AccessHandlers {
  const { users } = access;
  const record = (caller: Caller, kind: string, details: AuditEntry["details"]): Promise<void> =>
    access.record({ kind, origin: { actor: caller.name, via: caller.via, address: caller.address }, details });

  return {
    listUsers: async () => ({ items: users.list().map(describeUser), next: null }),

    addUser: async ({ body, caller }) => {
      const user = await users.add(body.name, body.role, body.password);
      await record(caller, "user.add", { user: user.name, role: user.role });
      return describeUser(user);
    },

    changeUser: async ({ parameters: { name }, body: { role, password, disabled }, caller }) => {
      const user = await users.change(name, { role, password, disabled });
      const ended = await access.endSessionsOf(accountOf(user));
      await record(caller, "user.change", {
        user: user.name,
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
        ...(password === undefined ? {} : { password: "set" }),
        sessions_ended: ended,
      });
      return describeUser(user);
    },

    changePassword: async ({ body, caller }) => {
      const account = caller.credential?.account ?? "";
      if (!account.startsWith("user:"))
        throw new ProblemError(
          "auth.forbidden",
          "only who signed in with a user's name and password has one to change",
        );
      const name = account.slice("user:".length);
      const wait = access.throttle.attempt(name, caller.address);
      if (wait > 0) throw new ProblemError("rate-limited", tryAgain(wait));
      if ((await users.check(name, body.current)) === null)
        throw new ProblemError("auth.forbidden", "that is not the password you have");
      access.throttle.succeeded(name, caller.address);
      await users.change(name, { password: body.password });
      const ended = await access.endSessionsOf(account, caller.credential);
      await record(caller, "user.password", { user: name, sessions_ended: ended });
      return { sessions_ended: ended };
    },

    endSessions: async ({ caller }) => {
      const { credential } = caller;
      const ended =
        credential === null
          ? 0
          : await access.endSessionsOf(credential.kind === "token" ? `token:${credential.hash}` : credential.account);
      await record(caller, "session.end-all", { sessions_ended: ended });
      return { sessions_ended: ended };
    },

    listTokens: async () => ({ items: access.tokens().map(describeToken), next: null }),

    createToken: async ({ body, caller }) => {
      if (!isWithin(body.role, caller.role))
        throw new ProblemError("auth.forbidden", "a token may do no more than who makes it");
      const { expires_in_days: days = TOKEN_DAYS } = body;
      const name = body.name.toWellFormed();
      const { secret, token } = await access.issueToken(name, body.role, {
        expires: days === null ? undefined : access.now() + days * DAY_MS,
        addresses: body.addresses,
        createdBy: caller.name,
      });
      await record(caller, "token.create", {
        token: idOf(token),
        name,
        role: body.role,
        expires: days === null ? null : token.expires,
        addresses: token.addresses,
      });
      return { ...describeToken(token), secret };
    },

    revokeToken: async ({ parameters: { id }, caller }) => {
      const token = await access.revokeToken(id);
      if (token === null) throw new ProblemError("not-found", "there is no valid token of this id");
      await record(caller, "token.revoke", { token: idOf(token), name: token.name });
      return describeToken(token);
    },

    listAudit: async ({ query: { cursor, limit = AUDIT_ROWS } }) => {
      const before = cursor === undefined ? null : decodeCursor(cursor, ["number", "string"] as const);
      const rows = Math.min(limit, MOST_AUDIT_ROWS);
      return toPage(
        (await audit?.read(before, rows + 1)) ?? [],
        rows,
        (row) => row,
        ({ time, uid }) => [time, uid],
      );
    },
  };
}

/** For the caller who has to wait, ms. */
export function tryAgain(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1000);
  return `too many attempts: try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}`;
}

export function accountOf(user: Pick<User, "name">): string {
  return `user:${user.name}`;
}

function idOf({ hash }: Credential): string {
  return hash.slice(0, 12);
}

function describeUser({ name, role, disabled, created, changed }: User): Output<typeof UserItem> {
  return { name, role, disabled, created, password_changed: changed };
}

function describeToken(token: Credential): Output<typeof TokenItem> {
  const { name, role, addresses, created_by, created, expires } = token;
  return { id: idOf(token), name, role, addresses, created_by, created, expires: expires >= FAR_MS ? null : expires };
}

/** Every endpoint here, as the generic one. */
export const adminEndpoints: readonly (readonly [AdminId, Endpoint])[] = Object.entries<Endpoint>(
  ALL,
) as unknown as readonly (readonly [AdminId, Endpoint])[];
