/** The viewer's choices, kept in this browser; `public/appearance.js` applies them before the first paint. */
import { useSyncExternalStore } from "react";

export interface Appearance {
  readonly theme?: "light" | "dark";
  readonly contrast?: "more";
  readonly density?: "compact";
  /** Single keys do nothing (WCAG 2.1.4). */
  readonly keys?: "off";
}

const STORED_AS = "sallyport.appearance";
const listeners = new Set<() => void>();
let current: Appearance = read();

function read(): Appearance {
  try {
    return JSON.parse(localStorage.getItem(STORED_AS) ?? "{}") as Appearance;
  } catch {
    return {};
  }
}

/** undefined: as the system has it. */
export function setAppearance<Name extends keyof Appearance>(name: Name, value: Appearance[Name]): void {
  current = { ...current, [name]: value };
  if (name !== "keys") {
    if (value === undefined) delete document.documentElement.dataset[name];
    else document.documentElement.dataset[name] = value;
  }
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(current));
  } catch {
    // Private windows keep nothing; the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, getAppearance);
}

export function getAppearance(): Appearance {
  return current;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
