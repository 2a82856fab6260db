/** The worker thread: a Processor behind messages. */
import { parentPort } from "node:worker_threads";
import type { LineChunk, ChunkResult, JudgedBy, OpenFile, ProcessorOptions } from "./processor.ts";
import { Processor } from "./processor.ts";
import type { SpooledBlock } from "./persist/store.ts";

export type ToWorker =
  | { readonly type: "configure"; readonly options: ProcessorOptions }
  | { readonly type: "judge"; readonly by: JudgedBy }
  | { readonly type: "open"; readonly open: OpenFile }
  | { readonly type: "chunk"; readonly chunk: LineChunk }
  | { readonly type: "flush" };

export type FromWorker =
  | { readonly type: "chunk"; readonly result: ChunkResult }
  | { readonly type: "flushed"; readonly blocks: readonly SpooledBlock[] };

if (parentPort === null) throw new Error("runs as a worker thread only");
const port = parentPort;
let processor: Processor;

port.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "configure":
      processor = new Processor(message.options);
      return;
    case "judge":
      processor.judgeBy(message.by);
      return;
    case "open":
      processor.open(message.open);
      return;
    case "chunk":
      port.postMessage({ type: "chunk", result: processor.process(message.chunk) } satisfies FromWorker);
      return;
    case "flush":
      port.postMessage({ type: "flushed", blocks: processor.flush() } satisfies FromWorker);
  }
});
