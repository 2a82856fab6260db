import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Untrusted, type UntrustedProps } from "./untrusted.tsx";

const render = (props: UntrustedProps): string => renderToStaticMarkup(createElement(Untrusted, props));

test("text is text, and never markup or a link", () => {
  const markup = render({ text: "<script>alert(1)</script> https://evil.example javascript:alert(1)" });
  expect(markup).not.toMatch(/<(?:script|a|img)\b/);
  expect(markup).toContain("&lt;script&gt;");
});

test("what was spelled out is marked, also inside a sentence", () => {
  expect(render({ text: "a\u202eb", form: "sentence" })).toBe(
    '<span class="u said">a<span class="c">⟦U+202E⟧</span>b</span>',
  );
});

test("a host of mixed scripts is shown as DNS knows it, with its flag", () => {
  const markup = render({ text: "gіthub.com/acme/\u200bnotes", form: "host" });
  expect(markup).toContain("xn--gthub-n2e.com/acme/");
  expect(markup).toContain("look-alike host");
  expect(markup).toContain("⟦U+200B⟧");
  expect(render({ text: "github.com/acme", form: "host" })).not.toContain("look-alike");
});

test("long text stops, and says how long it is", () => {
  const markup = render({ text: "x".repeat(18_000) });
  expect(markup).toContain("show all (18 kB)");
  expect(markup.length).toBeLessThan(1_000);
  expect(render({ text: "x".repeat(18_000), whole: true })).not.toContain("show all");
});
