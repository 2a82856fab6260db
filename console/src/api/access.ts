/** Users, tokens, sessions and the trail, for admins. */
import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";
import type * as contract from "../../../src/pipeline/serve/contract.ts";
import { say } from "../frame/toast.tsx";
import { get, post, remove } from "./client.ts";
import type { Page } from "./types.ts";

export type User = contract.Output<typeof contract.UserItem>;
export type Token = contract.Output<typeof contract.TokenItem>;
export type AuditEntry = contract.Output<typeof contract.AuditItem>;
export const ROLES = ["viewer", "analyst", "engineer", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async ({ signal }) => (await get<Page<User>>("/api/v1/users", {}, signal)).items,
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async ({ signal }) => (await get<Page<Token>>("/api/v1/tokens", {}, signal)).items,
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  queryFn: ({ signal, pageParam }) =>
    get<Page<AuditEntry>>("/api/v1/audit", { limit: 200, cursor: pageParam ?? undefined }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
});

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  /** null: never */
  readonly expires_in_days: number | null;
}

/** @throws {ApiError} */
export async function createToken(client: QueryClient, request: TokenRequest): Promise<Token & { secret: string }> {
  const made = await post<Token & { secret: string }>("/api/v1/tokens", request, null);
  await refresh(client);
  return made;
}

export async function revokeToken(client: QueryClient, { id, name }: Token): Promise<void> {
  await tried(client, `Revoked: ${name}, and the sessions made with it`, () => remove(`/api/v1/tokens/${id}`));
}

export async function changeUser(
  client: QueryClient,
  { name }: User,
  change: { readonly role?: Role; readonly disabled?: boolean },
): Promise<void> {
  const path = `/api/v1/users/${encodeURIComponent(name)}`;
  await tried(client, `Changed: ${name}, whose sessions are ended`, () => post(path, change, null));
}

/** Ends all sessions of whoever is signed in, this one too. */
export async function signOutEverywhere(): Promise<void> {
  try {
    await remove("/api/v1/sessions");
    location.assign("/");
  } catch (error) {
    say(`Not done: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function tried(client: QueryClient, done: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    say(done);
  } catch (error) {
    say(`Not done: ${error instanceof Error ? error.message : String(error)}`);
  }
  await refresh(client);
}

async function refresh(client: QueryClient): Promise<void> {
  await Promise.all(["users", "tokens", "audit"].map((key) => client.invalidateQueries({ queryKey: [key] })));
}
