/** All source maps, as `list.ts` names them. */
import type { SourceMap } from "../define-map.ts";
import * as list from "./list.ts";

export const maps: readonly SourceMap[] = Object.values(list);
