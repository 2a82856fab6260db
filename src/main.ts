/** The command line's entry: reads the environment, runs a command, turns failures into exit codes. */
import { CommanderError } from "commander";
import { printable } from "./model/printable.ts";
import { SallyportError } from "./model/errors.ts";
import { EXIT, exitCodeOf } from "./commands/exit-codes.ts";
import { createProgram } from "./commands/program.ts";

/** A reader that has seen enough (`| head`) is no failure. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

try {
  const program = createProgram((code) => {
    process.exitCode = code;
  });
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else {
    const code = error instanceof SallyportError ? ` [${error.code}]` : "";
    process.stderr.write(`sallyport: ${printable(error instanceof Error ? error.message : String(error))}${code}\n`);
    if (!(error instanceof SallyportError) && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
