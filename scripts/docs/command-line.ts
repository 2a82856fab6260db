import type { Command } from "commander";
import { createProgram } from "../../src/commands/program.ts";

/** The help texts of all commands, as the program prints them. */
export function commandLinePage(): string {
  const program = createProgram(() => {});
  return `# Command line

In a clone, \`npx sallyport …\`; installed, \`sallyport …\`.

${sections(program, "").join("\n\n")}`;
}

function sections(command: Command, prefix: string): string[] {
  const name = `${prefix}${command.name()}`;
  let help = "";
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  const own = `## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\``;
  return [own, ...command.commands.flatMap((child) => sections(child, `${name} `))];
}
