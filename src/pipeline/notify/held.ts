/** What was held back is looked at once more before it goes out: pure. */
import type { Notice, OutboxEntry } from "../../model/notification.ts";

/**
 * Of notices about to be sent the ones that are no news any more: an incident that was closed while a digest or quiet hours held back
 * that it is there needs no telling, nor does that it was closed.
 * @param told all entries of the receiver about these stories
 * @param closed uids of the incidents that are closed now, or whose story is
 */
export function outdated(
  entries: readonly OutboxEntry[],
  notices: readonly Notice[],
  { told, closed }: { readonly told: readonly OutboxEntry[]; readonly closed: ReadonlySet<string> },
): ReadonlySet<OutboxEntry> {
  // What was tried may have arrived, whatever came of it.
  const heard = new Map(told.filter(({ attempts }) => attempts > 0).map(({ thread, change }) => [thread, change]));
  const merged = new Map(notices.map((notice) => [notice.delivery, notice.merged]));
  return new Set(
    entries.filter((entry) => {
      if (entry.attempts > 0 || !closed.has(entry.incident)) return false;
      if (entry.change !== "closed") return entry.batch !== "";
      return [entry.thread, ...(merged.get(entry.delivery) ?? [])].every(
        (thread) => (heard.get(thread) ?? "closed") === "closed",
      );
    }),
  );
}
