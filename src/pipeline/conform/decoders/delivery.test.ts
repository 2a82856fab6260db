import { expect, test } from "vitest";
import { MalformedInputError } from "../../../model/errors.ts";
import { hasHeader, openDelivery } from "./delivery.ts";

test.each([
  ["an object", { a: 1 }],
  ["JSON text", '{"a":1}'],
  ["a form field", "payload=%7B%22a%22%3A+1%7D&sig=x"],
])("the body as %s", (_name, body) => {
  const delivery = openDelivery({ headers: { "X-GitHub-Event": ["push"], N: 7 }, body, received_at: 1_773_998_000 });
  expect(delivery?.body).toEqual({ a: 1 });
  expect(delivery?.headers.get("x-github-event")).toBe("push");
  expect(delivery?.receivedTime).toBe(1_773_998_000_000);
});

test("an object without headers or body is no envelope", () => {
  expect(openDelivery({ body: {} })).toBeNull();
  expect(openDelivery({ headers: {} })).toBeNull();
  expect(openDelivery({ headers: [], body: {} })).toBeNull();
});

test.each(["", "[]", "payload=%", "{", "[".repeat(100_000)])("refuses the body %#", (body) => {
  expect(() => openDelivery({ headers: {}, body })).toThrow(MalformedInputError);
});

test("header names are found in any case, own ones only", () => {
  expect(hasHeader({ headers: { "X-GITHUB-EVENT": "push" } }, "x-github-event")).toBe(true);
  expect(hasHeader({ headers: {} }, "constructor")).toBe(false);
});
