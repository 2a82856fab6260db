/**
 * A command line of unknown make (POSIX shell, cmd, PowerShell, or arguments joined by blanks) -> its commands, each a list
 * of words. One pass, no backtracking; what is quoted wrongly still gives words.
 */

/** Longer command lines are read up to here: Windows allows 32,767 characters. */
export const MAX_LINE = 32_768;
const MAX_WORDS = 2_048;

export function splitCommands(line: string): string[][] {
  const text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
  const commands: string[][] = [];
  let words: string[] = [];
  let word = "";
  let inWord = false;
  let quoted = false;
  let count = 0;

  const endWord = (): void => {
    if (!inWord) return;
    inWord = false;
    if (!quoted && SEPARATORS.has(word)) endCommand();
    else if (count < MAX_WORDS) {
      const bare = quoted ? word : withoutBrackets(word);
      if (bare !== "") words.push(bare);
      count += 1;
    }
    word = "";
    quoted = false;
  };
  const endCommand = (): void => {
    if (words.length > 0) commands.push(words);
    words = [];
  };

  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x09 || code === 0x0d || code === 0) endWord();
    else if (code === 0x0a) {
      endWord();
      endCommand();
    } else if (code === 0x5c && (text.charCodeAt(at + 1) === 0x22 || text.charCodeAt(at + 1) === 0x0a)) {
      // \" is a quote in every shell; a backslash before anything else may be a Windows path
      if (text.charCodeAt(at + 1) === 0x22) word += '"';
      inWord = true;
      at += 1;
    } else if (code === 0x22 || (code === 0x27 && opensQuote(word))) {
      const close = closing(text, at, code);
      if (close === -1) {
        word += text[at];
        inWord = true;
      } else {
        word += unescape(text.slice(at + 1, close), code);
        inWord = true;
        quoted = true;
        at = close;
      }
    } else if (code === 0x3b && (!word.includes("://") || isBlank(text.charCodeAt(at + 1)))) {
      endWord();
      endCommand();
    } else {
      word += text[at];
      inWord = true;
    }
  }
  endWord();
  endCommand();
  return commands;
}

const SEPARATORS: ReadonlySet<string> = new Set(["|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"]);

/** Also after the end, where charCodeAt gives NaN. */
function isBlank(code: number): boolean {
  return code <= 0x20 || Number.isNaN(code);
}

/** `$(git` -> `git`, `x)` -> `x`: what a shell runs inside a word. */
function withoutBrackets(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && "({`&$".includes(word[start] ?? "")) start += 1;
  while (end > start && "`)}".includes(word[end - 1] ?? "")) end -= 1;
  // `$name` is a variable, `$(…)` a command.
  return start > 0 && word[start - 1] === "$" ? word.slice(start - 1, end) : word.slice(start, end);
}

/** An apostrophe inside a word is part of a name (`O'Neil`), unless something opens before it. */
function opensQuote(word: string): boolean {
  return word === "" || /[=(,:@{[]$/.test(word);
}

/** How a POSIX shell writes an apostrophe between apostrophes: close, escape one, open again. */
const APOSTROPHE = "'\\''";

/** The place of the closing quote; one that is not escaped. -1 when there is none. */
function closing(text: string, open: number, quote: number): number {
  const mark = quote === 0x22 ? '"' : "'";
  let at = text.indexOf(mark, open + 1);
  while (at !== -1) {
    if (quote === 0x22) {
      if (text.charCodeAt(at - 1) !== 0x5c) return at;
      at = text.indexOf(mark, at + 1);
    } else {
      if (!text.startsWith(APOSTROPHE, at)) return at;
      at = text.indexOf(mark, at + APOSTROPHE.length);
    }
  }
  return -1;
}

function unescape(text: string, quote: number): string {
  return quote === 0x22 ? text.replaceAll('\\"', '"') : text.replaceAll(APOSTROPHE, "'");
}
