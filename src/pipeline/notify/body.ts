/**
 * An incident as programs are told it: the object of `scan -o ndjson`, with its state and, under `notification`, what this
 * message is about. The same notice gives the same bytes.
 */
import type { Notice } from "../../model/notification.ts";

export function bodyOf(notice: Notice, link: string | null): Record<string, unknown> {
  const { incident, state, assignee, disposition, ...about } = notice;
  return {
    ...incident,
    state,
    assignee,
    disposition,
    notification: {
      delivery: about.delivery,
      change: about.change,
      previous_severity: about.previous_severity,
      thread: about.thread,
      merged: about.merged,
      link,
      test: about.test,
    },
  };
}
