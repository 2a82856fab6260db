/** Suppressions: what is hidden, what would be, and what a viewer does about it. */
import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import type * as contract from "../../../src/pipeline/serve/contract.ts";
import { say } from "../frame/toast.tsx";
import { counted } from "../text/numbers.ts";
import { ApiError, get, post } from "./client.ts";
import type { Page } from "./types.ts";

export type Suppression = contract.Output<typeof contract.SuppressionItem>;
export type SuppressionPreview = contract.Output<typeof contract.SuppressionPreviewItem>;
type ScopeName = "rule" | "user" | "host" | "address" | "destination";
/** Patterns by what they speak of; all that are given must hold. */
export type Scope = Readonly<Partial<Record<ScopeName, string>>>;

export const suppressionsQuery = queryOptions({
  queryKey: ["suppressions"],
  queryFn: async ({ signal }) => (await get<Page<Suppression>>("/api/v1/suppressions", { limit: 200 }, signal)).items,
  staleTime: 30_000,
});

/** @param scope null: nothing is chosen yet */
export const previewQuery = (scope: Scope | null, until: number) =>
  queryOptions({
    queryKey: ["suppression-preview", scope, until],
    queryFn: () => post<SuppressionPreview>("/api/v1/suppression-preview", { ...scope, until }, null),
    enabled: scope !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });

export interface SuppressionRequest {
  readonly scope: Scope;
  readonly until: number;
  readonly reason: string;
  readonly incident: string | null;
  readonly confirmed: boolean;
}

/** @returns what went wrong, in words; null: it is done */
export async function suppress(client: QueryClient, request: SuppressionRequest): Promise<string | null> {
  const { scope, until, reason, incident, confirmed } = request;
  try {
    const made = await post<Suppression>(
      "/api/v1/suppressions",
      { ...scope, until, reason, confirmed, ...(incident === null ? {} : { incident }) },
      null,
    );
    await refresh(client);
    say(`Suppressed: ${counted(made.findings, "finding")} hidden`, () => endSuppression(client, made, true));
    return null;
  } catch (error) {
    return error instanceof ApiError ? error.message : String(error);
  }
}

/** @param withdraw true: as though it had never been; false: what it hid stays hidden */
export async function endSuppression(client: QueryClient, of: Suppression, withdraw: boolean): Promise<void> {
  try {
    await post<Suppression>(`/api/v1/suppressions/${of.uid}/end`, { withdraw }, of.etag);
    say(withdraw ? "Taken back: incidents are told as before" : "Ended: what happens from now on is told");
  } catch (error) {
    say(`Not changed: ${error instanceof Error ? error.message : String(error)}`);
  }
  await refresh(client);
}

/** Everything that is told of incidents may be another now. */
async function refresh(client: QueryClient): Promise<void> {
  void client.invalidateQueries({ queryKey: ["suppressions"] });
  void client.invalidateQueries({ queryKey: ["suppression-preview"] });
  void client.invalidateQueries({ queryKey: ["counts"] });
  void client.invalidateQueries({ queryKey: ["incidents"] });
  await client.invalidateQueries({ queryKey: ["incident"] });
}
