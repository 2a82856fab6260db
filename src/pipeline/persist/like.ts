/** Names with `*` as patterns of LIKE: every other character is itself. */
export function likePattern(text: string): string {
  return text.replaceAll(/[\\%_]/g, "\\$&").replaceAll("*", "%");
}
