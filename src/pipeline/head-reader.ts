/** What the first lines of a file tell: its source, and the time of a line before the file's turn has come. */
import type { InputFile } from "./collect/inputs.ts";
import { readLines } from "./collect/lines.ts";
import { openStream, recogniseStream, type StreamReader } from "./conform/index.ts";

const HEAD_LINES = 60;
const HEAD_BYTES = 1 << 16;

export interface Head {
  readonly source: string | null;
  readonly stateful: boolean;
  readonly reason: string;
}

export class HeadReader {
  readonly #source: string;
  readonly #heads = new Map<InputFile, Head>();
  readonly #peeks = new Map<InputFile, { reader: StreamReader; time: number | null }>();

  constructor(source: string) {
    this.#source = source;
  }

  /** Event time of a line, ms; null when the line tells none. Header lines of the file must have been seen before its rows. */
  timeOf(line: string, file: InputFile): number | null {
    const peek = this.#peeks.get(file) ?? this.#openPeek(file);
    peek.time = null;
    peek.reader.push(line, 0);
    if (peek.time !== null) return peek.time;
    // A record held back for its neighbours shows its time only when its stream ends.
    const alone = this.#openPeek(file);
    this.#peeks.set(file, peek);
    alone.reader.push(line, 0);
    alone.reader.flush();
    return alone.time;
  }

  #openPeek(file: InputFile): { reader: StreamReader; time: number | null } {
    const peek: { reader: StreamReader; time: number | null } = {
      time: null,
      reader: openStream({
        source: this.#source,
        environment: { fileModifiedTime: file.modifiedTime, fileName: file.name },
        emit: (event) => (peek.time ??= event.time),
        reject: () => {},
      }),
    };
    this.#peeks.set(file, peek);
    return peek;
  }

  /** Recognised once per file, from its first chunk. */
  recognition(file: InputFile, firstChunk: Uint8Array): Head {
    const known = this.#heads.get(file);
    if (known !== undefined) return known;
    const lines: string[] = [];
    const cut = firstChunk.subarray(0, HEAD_BYTES);
    readLines(
      cut,
      (line) => lines.length < HEAD_LINES && void lines.push(line),
      () => {},
    );
    // The last line of a cut head is half a line.
    if (cut.length < firstChunk.length && lines.length > 1 && lines.length < HEAD_LINES) lines.pop();
    const { map, stateful, reason } = recogniseStream(lines, {
      fileModifiedTime: file.modifiedTime,
      fileName: file.name,
    });
    const head =
      this.#source === "auto"
        ? { source: map?.id ?? null, stateful, reason }
        : { source: this.#source, stateful: true, reason: "named by --source" };
    this.#heads.set(file, head);
    return head;
  }

  /** What the file was taken for; files never opened tell nothing. */
  told(file: InputFile): { source: string | null; reason: string } {
    const head = this.#heads.get(file);
    return { source: head?.source ?? null, reason: head?.reason ?? "holds no record" };
  }

  close(file: InputFile): void {
    this.#peeks.delete(file);
  }
}
