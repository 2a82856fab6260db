import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TimeQueue, type Timed } from "./time-queue.ts";

test("gives out what sorting gives, whatever is pushed in between", () => {
  // null takes one out, a number puts one in
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 80 }), (steps) => {
      const queue = new TimeQueue<Timed>();
      const slow: Timed[] = [];
      for (const [order, time] of steps.entries()) {
        if (time === null) {
          slow.sort((a, b) => a.time - b.time || a.order - b.order);
          expect(queue.peek()).toEqual(slow[0]);
          expect(queue.pop()).toEqual(slow.shift());
        } else {
          queue.push({ time, order });
          slow.push({ time, order });
        }
        expect(queue.size).toBe(slow.length);
      }
    }),
    { numRuns: 400 },
  );
});
