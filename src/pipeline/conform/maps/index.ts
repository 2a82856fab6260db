/** The list of source maps. A test fails when a file in this folder is missing here. */
import type { SourceMap } from "../define-map.ts";

export const maps: readonly SourceMap[] = [];
