/** A password from a file, the environment, or the keyboard without showing it; never from the command line, which others can read. */
import { readSecret } from "../content/configuration/secret.ts";
import { UsageError } from "../model/errors.ts";

const VARIABLE = "SALLYPORT_PASSWORD";
const MOST_LENGTH = 1_024;

export interface PasswordStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * @param file names it; null: SALLYPORT_PASSWORD, else the keyboard
 * @throws {UsageError} when there is none
 */
export async function readPassword(
  file: string | null,
  { input, output }: PasswordStreams = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (file !== null) return readSecret({ file });
  const given = process.env[VARIABLE];
  if (given !== undefined && given !== "") return given;
  if (!input.isTTY)
    throw new UsageError(`there is no terminal to ask at: name a file with --password-file, or set ${VARIABLE}`);
  const first = await ask(input, output, "Password: ");
  if (first !== (await ask(input, output, "Again: "))) throw new UsageError("the two passwords differ: begin again");
  return first;
}

function ask(input: NodeJS.ReadStream, output: NodeJS.WriteStream, question: string): Promise<string> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding("utf8");
  input.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (failure: UsageError | null): void => {
      input.off("data", take);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      if (failure === null) resolve(typed);
      else reject(failure);
    };
    const take = (text: string): void => {
      for (const character of text) {
        if (character === "\r" || character === "\n" || character === "\u0004") return end(null);
        if (character === "\u0003") return end(new UsageError("stopped"));
        if (character === "\u007f" || character === "\b") typed = [...typed].slice(0, -1).join("");
        else if (character >= " " && typed.length < MOST_LENGTH) typed += character;
      }
      return undefined;
    };
    input.on("data", take);
  });
}
