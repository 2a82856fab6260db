/** Mail over SMTP with STARTTLS or TLS. What is said of one incident is one conversation. */
import * as z from "zod";
import type { Notice } from "../../../model/notification.ts";
import { changeOf, factsOf, lineOf, nextStepsOf, plainText, reasonsOf, summaryOf, titleOf } from "../facts.ts";
import { composeMail, escapeHtml } from "../formats/mail.ts";
import { defineReceiver } from "../receiver.ts";
import { caFile, host, port, text } from "../settings.ts";
import { sendMail } from "../smtp.ts";

const MAX_SUBJECT = 180;
const MAX_TITLE = 300;
const MOST_LINES = 100;

const address = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/, {
    error: "write an e-mail address such as soc@acme.example",
  });

const DEFAULT_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

export default defineReceiver({
  type: "email",
  title: "E-mail",
  description: "Mail by a server of yours.",
  settings: {
    host,
    port: port.optional().meta({ description: "587 with STARTTLS, 465 with TLS, 25 without, when left out." }),
    security: z
      .enum(["starttls", "tls", "none"])
      .optional()
      .meta({ description: "`starttls` when left out. `none` is for a relay on this machine or network." }),
    from: address,
    to: z.array(address).min(1).max(100),
    user: text.optional().meta({ description: "For `password`." }),
    ca_file: caFile,
  },
  secrets: { password: "optional" },
  check: ({ user, security, password_file, password_env }) =>
    (user === undefined) !== (password_file === undefined && password_env === undefined)
      ? "user goes with password_file or password_env"
      : user !== undefined && security === "none"
        ? "a password is not sent without TLS: write security starttls or tls"
        : null,
  hosts: (settings) => [settings.host],
  connect: (settings, ports) => {
    const { security = "starttls", from, to, user, password } = settings;
    const server = {
      host: settings.host,
      port: settings.port ?? DEFAULT_PORTS[security],
      security,
      user,
      password,
      hostname: ports.hostname,
      ca: settings.ca_file === undefined ? undefined : ports.readFile(settings.ca_file),
    };
    const idOf = (uid: string): string => `${uid.replaceAll(/[^A-Za-z0-9]/g, "")}@${domainOf(from)}`;
    return {
      deliver: (notice, { delivery, signal }) => {
        const link = ports.link(notice.incident.uid);
        const isFirst = notice.change === "new";
        const message = composeMail({
          from,
          to,
          subject: `[Sallyport] ${isFirst ? "" : "Re: "}${notice.incident.severity}: ${titleOf(notice, MAX_SUBJECT)}`,
          messageId: isFirst ? idOf(notice.thread) : idOf(delivery),
          inReplyTo: isFirst ? null : idOf(notice.thread),
          date: ports.clock.now(),
          text: plainText(notice, link),
          html: htmlOf(notice, link),
        });
        return sendMail(ports.guard, server, { from, to, message }, signal);
      },
      deliverDigest: (notices, { delivery, signal }) => {
        const message = composeMail({
          from,
          to,
          subject: `[Sallyport] ${summaryOf(notices)}`,
          messageId: idOf(delivery),
          inReplyTo: null,
          date: ports.clock.now(),
          text: digestText(notices, ports.link),
          html: digestHtml(notices, ports.link),
        });
        return sendMail(ports.guard, server, { from, to, message }, signal);
      },
    };
  },
});

const domainOf = (mailbox: string): string => mailbox.slice(mailbox.lastIndexOf("@") + 1);

function page(content: string): string {
  return `<!doctype html><html><body style="font-family:sans-serif;font-size:14px">${content}</body></html>`;
}

/** No text of logs becomes markup; the only link is the one to the incident. */
export function htmlOf(notice: Notice, link: string | null): string {
  const list = (name: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ""
      : `<h3>${name}</h3><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
  const rows = factsOf(notice).map(
    ({ name, value }) => `<tr><th align="left" valign="top">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return page(
    `<p>${escapeHtml(changeOf(notice))}</p><h2>${escapeHtml(titleOf(notice, MAX_TITLE))}</h2>` +
      `<table cellpadding="4">${rows.join("")}</table>` +
      list("Why", reasonsOf(notice)) +
      list("What next", nextStepsOf(notice)) +
      (link === null ? "" : `<p><a href="${escapeHtml(link)}">Open the incident</a></p>`),
  );
}

function digestText(notices: readonly Notice[], link: (uid: string) => string | null): string {
  const lines = notices.slice(0, MOST_LINES).flatMap((notice) => {
    const to = link(notice.incident.uid);
    return [`- ${lineOf(notice, MAX_TITLE)}`, ...(to === null ? [] : [`  ${to}`])];
  });
  const more = notices.length - MOST_LINES;
  return [summaryOf(notices), "", ...lines, ...(more > 0 ? [`and ${more} more`] : []), ""].join("\n");
}

function digestHtml(notices: readonly Notice[], link: (uid: string) => string | null): string {
  const items = notices.slice(0, MOST_LINES).map((notice) => {
    const to = link(notice.incident.uid);
    const line = escapeHtml(lineOf(notice, MAX_TITLE));
    return `<li>${to === null ? line : `${line} <a href="${escapeHtml(to)}">open</a>`}</li>`;
  });
  const more = notices.length - MOST_LINES;
  return page(
    `<h2>${escapeHtml(summaryOf(notices))}</h2><ul>${items.join("")}</ul>${more > 0 ? `<p>and ${more} more</p>` : ""}`,
  );
}
