/** Suppressions: what is hidden, by whom, until when; and what would be. */
import type { Caller, Handlers, Output, SuppressionPreviewItem } from "../pipeline/serve/contract.ts";
import {
  LONGEST_SUPPRESSION_MS,
  scopeProblem,
  USUAL_SUPPRESSION_MS,
  type SuppressionScope,
  type SuppressionSpan,
} from "../model/suppression.ts";
import { laneOf } from "../pipeline/lanes.ts";
import { readIncident } from "../pipeline/persist/findings.ts";
import { readSuppressions } from "../pipeline/persist/suppression.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { addSuppression, listSuppressions, stopSuppression } from "../pipeline/suppressing.ts";
import { previewSuppression } from "../pipeline/suppression-preview.ts";
import { applySuppressions } from "../pipeline/tell-incidents.ts";
import { matches } from "./incidents.ts";
import type { Surroundings } from "./index.ts";

type SuppressionHandlers = Pick<
  Handlers,
  "listSuppressions" | "createSuppression" | "previewSuppression" | "endSuppression"
>;

const SHOWN_INCIDENTS = 200;
/** A minute for the way of a request that asks for just the longest that is allowed. */
const GRACE_MS = 60_000;

export function suppressionHandlers({ store, reader, clock }: Surroundings): SuppressionHandlers {
  /** One after the other: each sees the one before it. */
  let changing: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = changing.then(work);
    changing = done.catch(() => {});
    return done;
  };
  // What a process that was killed left undone.
  inOrder(() => applySuppressions(store, { laneOf, now: clock.now() })).catch(() => {});
  return {
    listSuppressions: async ({ query: { state, cursor }, limit }) => {
      const after = cursor === undefined ? null : decodeCursor(cursor, ["number", "string"] as const);
      const rows = (await listSuppressions(reader, clock.now())).filter(
        ({ uid, created, state: is }) =>
          (state === undefined || is === state) &&
          (after === null || created < after[0] || (created === after[0] && uid > after[1])),
      );
      return toPage(
        rows,
        limit,
        (row) => row,
        ({ created, uid }) => [created, uid],
      );
    },

    previewSuppression: async ({ body }) => {
      const asked = askedFor(body, clock.now());
      return shown(await previewSuppression(reader, asked, laneOf));
    },

    createSuppression: ({ body, caller }) =>
      inOrder(async () => {
        const now = clock.now();
        const asked = askedFor(body, now);
        if (caller.role === "analyst" && asked.until > now + USUAL_SUPPRESSION_MS + GRACE_MS)
          throw new ProblemError("auth.forbidden", "analysts suppress for at most 30 days: ask an engineer for longer");
        const { confirmed } = await previewSuppression(reader, asked, laneOf);
        if (confirmed > 0 && body.confirmed !== true)
          throw new ProblemError(
            "request.invalid",
            `this would hide ${confirmed} of the incidents that were confirmed: narrow it, or say confirmed`,
            { errors: [{ path: "body.confirmed", message: `${confirmed} confirmed incidents would be hidden` }] },
          );
        return addSuppression(
          store,
          {
            ...asked,
            reason: body.reason,
            owner: (body.owner ?? caller.name).toWellFormed(),
            incident: body.incident === undefined ? null : await incidentOf(body.incident),
          },
          { origin: originOf(caller), laneOf, now },
        );
      }),

    endSuppression: ({ parameters: { uid }, body, caller, ifMatch }) =>
      inOrder(async () => {
        const found = (await readSuppressions(store)).filter((each) => each.uid.startsWith(uid));
        const [suppression] = found;
        if (suppression === undefined || found.length > 1)
          throw new ProblemError("not-found", `no suppression has the uid ${uid}, or more than one begins with it`);
        const now = clock.now();
        const etag = `${suppression.uid.slice(0, 8)}-${suppression.changes}`;
        const withdraw = body.withdraw === true;
        const over = suppression.ended?.withdrawn === true || (suppression.ended !== null && !withdraw);
        if (over || (ifMatch !== null && !matches(ifMatch, etag)))
          throw new ProblemError("version-conflict", "somebody else has ended it: read it again");
        return stopSuppression(store, suppression, withdraw, { origin: originOf(caller), laneOf, now });
      }),
  };

  async function incidentOf(uid: string): Promise<string> {
    const incident = await readIncident(reader, uid);
    if (incident === null)
      throw new ProblemError("not-found", `no incident has the uid ${uid}, or more than one begins with it`);
    return incident.uid;
  }
}

const originOf = ({ name, via, address }: Caller) => ({ actor: name, via, address });

/** @throws {ProblemError} when it is no scope, or for too long */
function askedFor(
  body: { readonly [Name in keyof SuppressionScope]?: string | null | undefined } & {
    readonly from?: number | null | undefined;
    readonly until?: number | undefined;
  },
  now: number,
): SuppressionSpan & { readonly scope: SuppressionScope } {
  const of = (text: string | null | undefined): string | null => text?.trim() ?? null;
  const scope = {
    rule: of(body.rule),
    user: of(body.user),
    host: of(body.host),
    address: of(body.address),
    destination: of(body.destination),
  };
  const from = body.from ?? null;
  const until = body.until ?? now + USUAL_SUPPRESSION_MS;
  const problem =
    scopeProblem(scope) ??
    (until > now + LONGEST_SUPPRESSION_MS + GRACE_MS
      ? "at most a year: somebody must decide again before then"
      : from !== null && from >= until
        ? "from must lie before until"
        : null);
  if (problem !== null) throw new ProblemError("request.invalid", problem);
  return { scope, from, until };
}

function shown(preview: Awaited<ReturnType<typeof previewSuppression>>): Output<typeof SuppressionPreviewItem> {
  type Shown = Output<typeof SuppressionPreviewItem>;
  return { ...preview, incidents: preview.incidents.slice(0, SHOWN_INCIDENTS) as Shown["incidents"] };
}
