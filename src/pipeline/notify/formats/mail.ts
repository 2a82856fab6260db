/**
 * A mail message (RFC 5322) with a plain and an HTML part (RFC 2046), both in base64, so that no text can end a part, a line
 * or the message. Header values are cleared of everything that could begin another header.
 */
import { printable } from "../../../model/printable.ts";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Without angle brackets. */
  readonly messageId: string;
  /** Message id of the first message of the conversation; null for that one. */
  readonly inReplyTo: string | null;
  /** ms since 1970 UTC */
  readonly date: number;
  readonly text: string;
  readonly html: string;
}

const LINE = 76;
/** Bytes of text that fit into one encoded word of 75 characters. */
const WORD_BYTES = 45;

export function composeMail(mail: Mail): string {
  const boundary = `=_${mail.messageId.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 40)}`;
  const part = (type: string, content: string): string =>
    [
      `--${boundary}`,
      `Content-Type: ${type}; charset=utf-8`,
      "Content-Transfer-Encoding: base64",
      "",
      ...base64Lines(content),
      "",
    ].join("\r\n");
  const headers = [
    `Date: ${new Date(mail.date).toUTCString().replace(/GMT$/, "+0000")}`,
    `From: ${mail.from}`,
    `To: ${mail.to.join(",\r\n ")}`,
    `Subject: ${encodeHeader(mail.subject)}`,
    `Message-ID: <${mail.messageId}>`,
    ...(mail.inReplyTo === null ? [] : [`In-Reply-To: <${mail.inReplyTo}>`, `References: <${mail.inReplyTo}>`]),
    // RFC 3834: nobody's out-of-office assistant is to answer.
    "Auto-Submitted: auto-generated",
    "X-Auto-Response-Suppress: All",
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ];
  return `${headers.join("\r\n")}\r\n\r\n${part("text/plain", mail.text)}${part("text/html", mail.html)}--${boundary}--\r\n`;
}

function base64Lines(content: string): string[] {
  const encoded = Buffer.from(content.replaceAll(/\r?\n/g, "\r\n"), "utf8").toString("base64");
  return encoded.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [""];
}

/** A header's value: as it is where it is short ASCII, else as encoded words (RFC 2047), folded. */
export function encodeHeader(text: string): string {
  const clear = printable(text);
  if (/^[\x20-\x7e]{0,200}$/.test(clear) && !clear.includes("=?")) return fold(clear);
  const words: string[] = [];
  let bytes: number[] = [];
  for (const character of clear) {
    const encoded = Buffer.from(character, "utf8");
    if (bytes.length + encoded.length > WORD_BYTES) {
      words.push(Buffer.from(bytes).toString("base64"));
      bytes = [];
    }
    bytes.push(...encoded);
  }
  words.push(Buffer.from(bytes).toString("base64"));
  return words.map((word) => `=?utf-8?B?${word}?=`).join("\r\n ");
}

/** Lines of a header stay within 76 characters where there are blanks to break at. */
function fold(text: string): string {
  let column = "Subject: ".length;
  return text
    .split(/(?<= )/)
    .map((word) => {
      if (column + word.length <= LINE || column === 1) {
        column += word.length;
        return word;
      }
      column = 1 + word.length;
      return `\r\n ${word}`;
    })
    .join("")
    .replaceAll(/ \r\n /g, "\r\n ");
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
