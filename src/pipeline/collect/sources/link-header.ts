/** The `Link` header of RFC 8288, as far as paging needs it. */

const MAX_LENGTH = 16_384;

/** The address with the relation `relation`; null where there is none. `header` may be several, joined by commas. */
export function linkTo(header: string | readonly string[] | undefined, relation: string): string | null {
  const text = typeof header === "string" ? header : (header?.join(",") ?? "");
  if (text.length > MAX_LENGTH) return null;
  // Addresses stand in angle brackets and may hold commas and semicolons.
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", at + 1)) {
    const end = text.indexOf(">", at);
    if (end === -1) return null;
    const next = text.indexOf("<", end);
    const parameters = text.slice(end + 1, next === -1 ? undefined : next);
    const relations = /;\s{0,8}rel\s{0,8}=\s{0,8}(?:"([^"]{0,200})"|([^\s;,"]{1,200}))/i.exec(parameters);
    const named = (relations?.[1] ?? relations?.[2] ?? "").toLowerCase().split(" ");
    if (named.includes(relation)) return text.slice(at + 1, end);
    at = end;
  }
  return null;
}
