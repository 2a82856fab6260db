/** Where commands write: results to standard output, everything else to standard error. */

/** Colours by meaning; the identity where the stream is no terminal or colour is unwanted. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

export interface Terminal {
  /** One line of the result. The text must be printable already where it holds text of logs. */
  line(text?: string): void;
  /** The result as it is, without a line end. */
  write(text: string): Promise<void>;
  /** One line for the person at the keyboard. */
  note(text: string): void;
  /** A line that replaces itself; only on a terminal. */
  progress(text: string): void;
  clearProgress(): void;
  readonly paint: Paint;
  /** Paint for standard error. */
  readonly notePaint: Paint;
  /** Columns of standard output; 100 where it is no terminal. */
  readonly width: number;
}

export interface TerminalOptions {
  readonly color?: boolean;
  readonly quiet?: boolean;
}

const plain: Paint = { strong: String, faint: String, good: String, warn: String, bad: String };
const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const coloured: Paint = {
  strong: sgr(1, 22),
  faint: sgr(2, 22),
  good: sgr(32, 39),
  warn: sgr(33, 39),
  bad: sgr(31, 39),
};

export function openTerminal({ color = true, quiet = false }: TerminalOptions = {}): Terminal {
  const wanted = color && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  const out = process.stdout;
  const err = process.stderr;
  let shown = false;
  const clearProgress = (): void => {
    if (shown) err.write("\r\u001b[K");
    shown = false;
  };
  return {
    line: (text = "") => void out.write(`${text}\n`),
    write: (text) =>
      new Promise((resolve, reject) => out.write(text, (error) => (error == null ? resolve() : reject(error)))),
    note: (text) => {
      if (quiet) return;
      clearProgress();
      err.write(`${text}\n`);
    },
    progress: (text) => {
      if (quiet || !err.isTTY) return;
      err.write(`\r\u001b[K${text.slice(0, Math.max(20, (err.columns ?? 100) - 1))}`);
      shown = true;
    },
    clearProgress,
    paint: wanted && out.isTTY ? coloured : plain,
    notePaint: wanted && err.isTTY ? coloured : plain,
    width: out.isTTY ? Math.max(60, out.columns ?? 100) : 100,
  };
}
