/** What stands behind `?` in the console's addresses: plain names and values, repeated for several. */
export type SearchParams = Readonly<Record<string, string | readonly string[] | undefined>>;

export function parseSearch(text: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(text)) {
    const before = values[name];
    values[name] = before === undefined ? value : [...(typeof before === "string" ? [before] : before), value];
  }
  return { ...values };
}

export function stringifySearch(values: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (typeof one === "string" && one !== "") parameters.append(name, one);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** Of a parameter that stands once. */
export function one(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value?.[0] ?? "");
}
