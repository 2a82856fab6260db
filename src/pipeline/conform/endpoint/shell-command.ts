/** Characters that a shell takes as they are. */
const PLAIN = /^[\w@%+=:,./~^-]+$/;

/** Arguments -> one command line as it could be typed: what holds other characters stands in single quotes. */
export function shellCommand(argv: readonly string[]): string {
  return argv
    .map((argument) => (PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`))
    .join(" ");
}
