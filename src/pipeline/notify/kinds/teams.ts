/**
 * Microsoft Teams, by the address of a workflow ("When a Teams webhook request is received"), as an Adaptive Card. Text of logs
 * stands in text runs, which know no Markdown; what would be taken for a date function is parted.
 * @see https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 * @see https://adaptivecards.io/explorer/RichTextBlock.html
 */
import type { Severity } from "../../../model/incident.ts";
import type { Notice } from "../../../model/notification.ts";
import { changeOf, factsOf, lineOf, nextStepsOf, reasonsOf, summaryOf, titleOf } from "../facts.ts";
import { deliverOver } from "../http-request.ts";
import { defineReceiver } from "../receiver.ts";
import { caFile, hostOf, isWebAddress, webAddress } from "../settings.ts";

const MAX_TITLE = 300;
const MAX_LINE = 400;
/** Teams takes 28 kB a message. */
const MOST_LINES = 25;

const COLOURS: Readonly<Record<Severity, string>> = {
  informational: "Default",
  low: "Accent",
  medium: "Warning",
  high: "Attention",
  critical: "Attention",
};

export default defineReceiver({
  type: "teams",
  title: "Microsoft Teams",
  description: "A card in a channel or chat, by a workflow. Its address is a secret: whoever has it can post.",
  settings: { url: webAddress.optional(), ca_file: caFile },
  secrets: { url: "optional" },
  check: ({ url, url_file, url_env }) =>
    url === undefined && url_file === undefined && url_env === undefined
      ? "write url_file or url_env: where the address of the workflow is"
      : null,
  hosts: ({ url }) => [hostOf(url ?? "")],
  connect: ({ url, ca_file }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    const post = (content: unknown, signal: AbortSignal) =>
      url !== undefined && isWebAddress(url)
        ? deliverOver(ports, {
            url,
            ca,
            signal,
            body: JSON.stringify(content),
            headers: { "content-type": "application/json; charset=utf-8" },
          })
        : Promise.resolve({ result: "failed", answer: "the secret holds no http or https address" } as const);
    return {
      deliver: (notice, { signal }) => post(teamsMessage(notice, ports.link(notice.incident.uid)), signal),
      deliverDigest: (notices, { signal }) => post(teamsDigest(notices, ports.link), signal),
    };
  },
});

/** `{{DATE(…)}}` and `{{TIME(…)}}` are functions wherever a card has text. */
export function plainRun(text: string): string {
  return text.replaceAll(/\{(?=\{)/g, "{ ");
}

interface RunStyle {
  readonly weight?: "Bolder";
  readonly size?: "Large";
  readonly color?: string;
  readonly isSubtle?: true;
}

const run = (text: string, style: RunStyle = {}) => ({ type: "TextRun", text: plainRun(text), ...style });
const block = (...inlines: readonly unknown[]) => ({ type: "RichTextBlock", inlines, spacing: "Small" });

export function teamsMessage(notice: Notice, link: string | null): Record<string, unknown> {
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [block(run(name, { weight: "Bolder" })), ...lines.map((line) => block(run(`• ${line}`)))];
  return message(
    `${changeOf(notice)}: ${titleOf(notice, MAX_TITLE)}`,
    [
      block(run(changeOf(notice), { color: COLOURS[notice.incident.severity], weight: "Bolder" })),
      block(run(titleOf(notice, MAX_TITLE), { size: "Large", weight: "Bolder" })),
      ...factsOf(notice).map(({ name, value }) => block(run(`${name}: `, { isSubtle: true }), run(value))),
      ...section("Why", reasonsOf(notice)),
      ...section("What next", nextStepsOf(notice)),
    ],
    link === null ? [] : [{ type: "Action.OpenUrl", title: "Open the incident", url: link }],
  );
}

export function teamsDigest(notices: readonly Notice[], link: (uid: string) => string | null): Record<string, unknown> {
  const shown = notices.slice(0, MOST_LINES);
  const more = notices.length - shown.length;
  return message(
    summaryOf(notices),
    [
      block(run(summaryOf(notices), { size: "Large", weight: "Bolder" })),
      ...shown.map((notice) => {
        const address = link(notice.incident.uid);
        const line = run(lineOf(notice, MAX_LINE), { color: COLOURS[notice.incident.severity] });
        return block(
          address === null ? line : { ...line, selectAction: { type: "Action.OpenUrl", title: "Open", url: address } },
        );
      }),
      ...(more > 0 ? [block(run(`and ${more} more`, { isSubtle: true }))] : []),
    ],
    [],
  );
}

function message(summary: string, body: readonly unknown[], actions: readonly unknown[]): Record<string, unknown> {
  return {
    type: "message",
    summary: plainRun(summary),
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body,
          actions,
        },
      },
    ],
  };
}
