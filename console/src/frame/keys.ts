/** Single keys and sequences such as `g i`; what is bound now is what `?` shows. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { getAppearance } from "./appearance.ts";

export interface Binding {
  /** `j`, `enter`, `?`, `shift x`, `g i`. */
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
  /** Shown at the foot of the page as well. */
  readonly foot?: boolean;
  /** Does the same as the binding before it; shown beside it. */
  readonly with?: string;
}

const SEQUENCE_MS = 1_200;
/** Later bindings come before earlier ones: a page's before the frame's. */
let groups: readonly { readonly title: string; readonly bindings: readonly Binding[] }[] = [];
const listeners = new Set<() => void>();

/** Binds while the component is there. */
export function useKeys(title: string, bindings: readonly Binding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  const shape = bindings.map(({ keys, label, foot }) => `${keys}=${label}${foot === true ? "!" : ""}`).join("\n");
  useEffect(() => {
    const group = {
      title,
      bindings: latest.current.map((binding, index) => ({ ...binding, run: () => latest.current[index]?.run() })),
    };
    groups = [...groups, group];
    changed();
    return () => {
      groups = groups.filter((other) => other !== group);
      changed();
    };
  }, [title, shape]);
}

export function useBindings(): typeof groups {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
}

function changed(): void {
  for (const listener of listeners) listener();
}

let pending: string | null = null;
let pendingSince = 0;

/** Listens for as long as the document is there. */
export function listenForKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (getAppearance().keys === "off" || isTyping(event.target) || document.querySelector("dialog[open]") !== null)
      return;
    const key = event.key === "Enter" ? "enter" : event.key === "Escape" ? "esc" : event.key.toLowerCase();
    // Enter and blank work the control that has the focus.
    if ((key === "enter" || key === " ") && isControl(event.target)) return;
    if (key === "z" && !event.repeat) document.documentElement.dataset.utc = "";
    const sequence =
      pending !== null && event.timeStamp - pendingSince < SEQUENCE_MS
        ? `${pending} ${key}`
        : event.shiftKey && /^[a-z]$/.test(key)
          ? `shift ${key}`
          : key;
    pending = null;
    const bound = groups.toReversed().flatMap(({ bindings }) => bindings);
    const found = bound.find(({ keys }) => keys === sequence);
    if (found !== undefined) {
      event.preventDefault();
      found.run();
    } else if (bound.some(({ keys }) => keys.startsWith(`${key} `))) {
      pending = key;
      pendingSince = event.timeStamp;
    }
  });
  const local = (): void => void delete document.documentElement.dataset.utc;
  document.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "z") local();
  });
  addEventListener("blur", local);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("a, button, summary, input, [role=button]") !== null;
}
