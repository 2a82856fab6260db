/** One thing that `doctor` looked at. */
export interface Check {
  /** Stable: `node.version`, `store.disk`, … */
  readonly id: string;
  readonly state: "ok" | "warn" | "fail";
  /** What was found. */
  readonly text: string;
  /** What to do; empty where all is well. */
  readonly advice: string;
}

export const ok = (id: string, text: string): Check => ({ id, state: "ok", text, advice: "" });
export const warn = (id: string, text: string, advice: string): Check => ({ id, state: "warn", text, advice });
export const fail = (id: string, text: string, advice: string): Check => ({ id, state: "fail", text, advice });
