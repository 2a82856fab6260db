/** Users, tokens, sessions and who did what. */
import * as z from "zod";
import { ROLES } from "./operations.ts";
import { milliseconds, named, paging } from "./shape.ts";

const role = z.enum(ROLES);
const password = z.string().min(1).max(1_024);
const userName = z.string().min(1).max(64);
const range = z.string().regex(/^[0-9A-Fa-f:.]{2,45}(?:\/\d{1,3})?$/, {
  error: "write an address such as 10.1.2.3, or a range such as 10.1.0.0/16",
});

export const UserItem = named(
  "User",
  z.object({
    name: z.string(),
    role,
    disabled: z.boolean(),
    created: milliseconds,
    password_changed: milliseconds,
  }),
);

export const TokenItem = named(
  "Token",
  z.object({
    id: z.string().meta({ description: "names the token; says nothing of its secret" }),
    name: z.string(),
    role,
    addresses: z.array(z.string()).meta({ description: "where it may come from; empty: anywhere" }),
    created_by: z.string(),
    created: milliseconds,
    expires: milliseconds.nullable(),
  }),
);

export const AuditItem = named(
  "AuditEntry",
  z.object({
    uid: z.string(),
    time: milliseconds,
    kind: z.string().meta({ description: "user.add, token.revoke, session.start, …" }),
    actor: z.string(),
    via: z.string(),
    address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  }),
);

const list = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), next: z.string().nullable() });
const namedUser = z.strictObject({ name: userName });

export const ADMIN_ENDPOINTS = {
  listUsers: {
    method: "GET",
    path: "/api/v1/users",
    tag: "access",
    summary: "Local users, by name",
    returns: list(UserItem),
    role: "admin",
  },
  addUser: {
    method: "POST",
    path: "/api/v1/users",
    tag: "access",
    summary: "Make a local user",
    body: z.strictObject({ name: userName, role, password }),
    returns: UserItem,
    role: "admin",
    status: 201,
  },
  changeUser: {
    method: "POST",
    path: "/api/v1/users/{name}",
    tag: "access",
    summary: "Change a user's role or password, disable or enable them; ends their sessions",
    parameters: namedUser,
    body: z
      .strictObject({ role: role.optional(), password: password.optional(), disabled: z.boolean().optional() })
      .refine((body) => Object.values(body).some((value) => value !== undefined), {
        error: "say what to change: role, password or disabled",
      }),
    returns: UserItem,
    role: "admin",
  },
  changePassword: {
    method: "POST",
    path: "/api/v1/session/password",
    tag: "access",
    summary: "Change one's own password; ends one's other sessions",
    body: z.strictObject({ current: password, password }),
    returns: z.object({ sessions_ended: z.number() }),
    role: "viewer",
  },
  endSessions: {
    method: "DELETE",
    path: "/api/v1/sessions",
    tag: "access",
    summary: "Sign out everywhere",
    returns: z.object({ sessions_ended: z.number() }),
    role: "viewer",
  },
  listTokens: {
    method: "GET",
    path: "/api/v1/tokens",
    tag: "access",
    summary: "Valid API tokens, oldest first",
    returns: list(TokenItem),
    role: "admin",
  },
  createToken: {
    method: "POST",
    path: "/api/v1/tokens",
    tag: "access",
    summary: "Make an API token; the answer is the only time its secret is seen",
    body: z.strictObject({
      name: z.string().min(1).max(100),
      role,
      expires_in_days: z.number().int().min(1).max(3_650).nullable().optional().meta({
        description: "90 when left out; null: never",
      }),
      addresses: z
        .array(range)
        .max(50)
        .optional()
        .meta({ description: "where it may come from; anywhere when left out" }),
    }),
    returns: TokenItem.extend({ secret: z.string() }),
    role: "admin",
    status: 201,
  },
  revokeToken: {
    method: "DELETE",
    path: "/api/v1/tokens/{id}",
    tag: "access",
    summary: "End a token and the sessions made with it",
    parameters: z.strictObject({ id: z.string().regex(/^[0-9a-f]{6,64}$/, { error: "write the id of a token" }) }),
    returns: TokenItem,
    role: "admin",
  },
  listAudit: {
    method: "GET",
    path: "/api/v1/audit",
    tag: "access",
    summary: "Who did what to the installation, latest first",
    query: z.strictObject(paging),
    returns: list(AuditItem),
    role: "admin",
  },
} as const;
