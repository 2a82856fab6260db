import { testShare } from "../test/detection-examples.ts";

testShare(0);
