/**
 * Slack's incoming webhooks, as Block Kit. Text of logs stands in `plain_text` objects, which know no markup, mentions or links;
 * where Slack takes nothing but mrkdwn, its three control characters are escaped.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
import type { Notice } from "../../../model/notification.ts";
import { changeOf, factsOf, lineOf, nextStepsOf, reasonsOf, summaryOf, titleOf } from "../facts.ts";
import { deliverOver } from "../http-request.ts";
import { defineReceiver } from "../receiver.ts";
import { caFile, hostOf, isWebAddress, webAddress } from "../settings.ts";

/** What Slack takes at most: characters of a header, of a text, of a field; fields of a section; blocks of a message. */
const MAX_HEADER = 150;
const MAX_TEXT = 3_000;
const MAX_FIELD = 2_000;
const MOST_FIELDS = 10;
const MOST_LINES = 40;

export default defineReceiver({
  type: "slack",
  title: "Slack",
  description: "A message in a channel, by an incoming webhook. Its address is a secret: whoever has it can post.",
  settings: { url: webAddress.optional(), ca_file: caFile },
  secrets: { url: "optional" },
  check: ({ url, url_file, url_env }) =>
    url === undefined && url_file === undefined && url_env === undefined
      ? "write url_file or url_env: where the address of the incoming webhook is"
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
      deliver: (notice, { signal }) => post(slackMessage(notice, ports.link(notice.incident.uid)), signal),
      deliverDigest: (notices, { signal }) => post(slackDigest(notices, ports.link), signal),
    };
  },
});

const plain = (text: string, width: number) => ({ type: "plain_text", text: cut(text, width), emoji: false });

/** For the text that stands in notifications of a telephone: mrkdwn. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

export function slackMessage(notice: Notice, link: string | null): Record<string, unknown> {
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [{ type: "section", text: plain([name, ...lines.map((line) => `• ${line}`)].join("\n"), MAX_TEXT) }];
  return message(`${changeOf(notice)}: ${titleOf(notice, MAX_HEADER)}`, [
    { type: "header", text: plain(titleOf(notice, MAX_HEADER), MAX_HEADER) },
    { type: "context", elements: [plain(changeOf(notice), MAX_FIELD)] },
    {
      type: "section",
      fields: factsOf(notice)
        .slice(0, MOST_FIELDS)
        .map(({ name, value }) => plain(`${name}\n${value}`, MAX_FIELD)),
    },
    ...section("Why", reasonsOf(notice)),
    ...section("What next", nextStepsOf(notice)),
    ...button(link),
  ]);
}

export function slackDigest(notices: readonly Notice[], link: (uid: string) => string | null): Record<string, unknown> {
  const shown = notices.slice(0, MOST_LINES);
  const more = notices.length - shown.length;
  return message(summaryOf(notices), [
    { type: "header", text: plain(summaryOf(notices), MAX_HEADER) },
    ...shown.map((notice) => {
      const address = link(notice.incident.uid);
      return {
        type: "section",
        text: plain(lineOf(notice, MAX_TEXT), MAX_TEXT),
        ...(address === null
          ? {}
          : { accessory: { type: "button", text: plain("Open", 75), url: address, action_id: notice.delivery } }),
      };
    }),
    ...(more > 0 ? [{ type: "context", elements: [plain(`and ${more} more`, MAX_FIELD)] }] : []),
  ]);
}

function message(text: string, blocks: readonly unknown[]): Record<string, unknown> {
  return { text: escapeMrkdwn(text), mrkdwn: false, unfurl_links: false, unfurl_media: false, blocks };
}

function button(link: string | null): unknown[] {
  if (link === null) return [];
  return [
    {
      type: "actions",
      elements: [{ type: "button", text: plain("Open the incident", 75), url: link, action_id: "open" }],
    },
  ];
}
