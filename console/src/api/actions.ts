/** What people do about incidents: one or many at once, said in a toast that can take it back. */
import type { QueryClient } from "@tanstack/react-query";
import { say } from "../frame/toast.tsx";
import { counted } from "../text/numbers.ts";
import { ApiError, post } from "./client.ts";
import { mergeOwn } from "./live.ts";
import type { ActionRequest, Disposition, Incident } from "./types.ts";

export const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  "tp-malicious": "True: malicious",
  "tp-policy": "True: against policy",
  "benign-authorised": "Benign: authorised",
  "fp-rule": "Wrong: the rule",
  "fp-data": "Wrong: the data",
  duplicate: "Duplicate",
};
export const DISPOSITION_CODES = Object.keys(DISPOSITIONS) as readonly Disposition[];

type Target = Pick<Incident, "uid" | "etag" | "assignee" | "state" | "disposition">;

/** @param undo what takes an action back; null: it cannot be */
async function act(
  client: QueryClient,
  targets: readonly Target[],
  request: (target: Target) => ActionRequest,
  said: string,
  undo: ((before: Target) => ActionRequest) | null,
): Promise<void> {
  const done: { before: Target; after: Incident }[] = [];
  let failure: unknown = null;
  for (const before of targets) {
    try {
      const path = `/api/v1/incidents/${before.uid}/actions`;
      const after = await post<Incident>(path, request(before), before.etag);
      mergeOwn(client, after);
      done.push({ before, after });
    } catch (error) {
      failure = error;
    }
  }
  await refresh(client, targets);
  if (failure !== null) say(failureText(failure, targets.length - done.length), undefined);
  if (done.length === 0) return;
  const takeBack = async (): Promise<void> => {
    if (undo === null) return;
    const states = new Map(done.map(({ before, after }) => [after.uid, before]));
    await act(
      client,
      done.map(({ after }) => after),
      (after) => undo(states.get(after.uid) ?? after),
      "Taken back",
      null,
    );
  };
  if (failure === null) say(said, undo === null ? undefined : takeBack);
}

async function refresh(client: QueryClient, targets: readonly Target[]): Promise<void> {
  void client.invalidateQueries({ queryKey: ["incidents"] });
  await Promise.all(targets.map(({ uid }) => client.invalidateQueries({ queryKey: ["incident", uid] })));
}

function failureText(error: unknown, many: number): string {
  const what = counted(many, "incident");
  if (error instanceof ApiError && error.problem.code === "version-conflict")
    return `${what} changed since you read it, and is shown anew: do it again if you still want to`;
  return `${what} not changed: ${error instanceof Error ? error.message : String(error)}`;
}

/** To `name`, or back to nobody when all are theirs already. */
export async function assignTo(client: QueryClient, targets: readonly Target[], name: string): Promise<void> {
  const back = targets.every(({ assignee }) => assignee === name);
  await act(
    client,
    targets,
    () => ({ kind: "assign", assignee: back ? null : name }),
    back
      ? `Gave back ${counted(targets.length, "incident")}`
      : `Assigned ${counted(targets.length, "incident")} to you`,
    ({ assignee }) => ({ kind: "assign", assignee }),
  );
}

export async function close(
  client: QueryClient,
  targets: readonly Target[],
  disposition: Disposition,
  text: string,
): Promise<void> {
  const note = text.trim();
  await act(
    client,
    targets,
    () => ({ kind: "close", disposition, ...(note === "" ? {} : { text: note }) }),
    `Closed ${counted(targets.length, "incident")}: ${DISPOSITIONS[disposition].toLowerCase()}`,
    (before) =>
      before.state === "closed" && before.disposition !== null
        ? { kind: "close", disposition: before.disposition }
        : { kind: "reopen" },
  );
}

export async function reopen(client: QueryClient, targets: readonly Target[]): Promise<void> {
  await act(
    client,
    targets,
    () => ({ kind: "reopen" }),
    "Opened again",
    ({ disposition }) => (disposition === null ? { kind: "reopen" } : { kind: "close", disposition }),
  );
}

/** A note is part of the record: it cannot be taken back. */
export async function note(client: QueryClient, target: Target, text: string): Promise<void> {
  await act(client, [target], () => ({ kind: "note", text }), "Note kept with the incident", null);
}
