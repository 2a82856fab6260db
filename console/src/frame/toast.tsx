/** What was just done, with its undo; stays until the next action, at least ten seconds. */
import { useSyncExternalStore } from "react";

export interface Toast {
  readonly text: string;
  readonly undo?: (() => Promise<void>) | undefined;
}

const listeners = new Set<() => void>();
let current: Toast | null = null;
let undoable: Toast | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

const SHOWN_MS = 12_000;

export function say(text: string, undo?: () => Promise<void>): void {
  current = { text, undo };
  if (undo !== undefined) undoable = current;
  clearTimeout(timer);
  timer = setTimeout(() => {
    current = null;
    tell();
  }, SHOWN_MS);
  tell();
}

/** Takes back the last action that can be, shown or not. */
export async function undoLast(): Promise<void> {
  const last = undoable;
  undoable = null;
  if (last?.undo === undefined) return say("Nothing to undo");
  await last.undo();
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function ToastArea() {
  const toast = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
  return (
    <div role="status" aria-live="polite">
      {toast !== null && (
        <div className="toast">
          <span>{toast.text}</span>
          {toast.undo !== undefined && (
            <button type="button" onClick={() => void undoLast()}>
              Undo <kbd>u</kbd>
            </button>
          )}
        </div>
      )}
    </div>
  );
}
