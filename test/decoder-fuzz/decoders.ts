/** Every decoder of text that strangers wrote, for the fuzz test. A decoder that is new has its line here, or the test fails. */
import { audit } from "./audit.ts";
import { logFormats } from "./formats.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";
import { headers } from "./headers.ts";
import { jsonForms } from "./json.ts";
import { webLines } from "./lines.ts";
import { messages } from "./messages.ts";
import { pairs } from "./pairs.ts";
import { tables } from "./tables.ts";
import { values } from "./values.ts";
import { windows } from "./windows.ts";

export const DECODERS: readonly FuzzedDecoder[] = [
  ...headers,
  ...jsonForms,
  ...tables,
  ...pairs,
  ...logFormats,
  ...webLines,
  ...windows,
  ...audit,
  ...messages,
  ...values,
];
