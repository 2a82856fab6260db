/**
 * Jira: an issue for an incident, a comment for what changes about it, by REST API v3. Text is Atlassian Document Format,
 * whose text nodes know no markup.
 *
 * Creating an issue is not idempotent. Each carries a label with the incident's uid; when an earlier attempt may have arrived,
 * the label is looked for first.
 * @see https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
 * @see https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
import * as z from "zod";
import type { Notice } from "../../../model/notification.ts";
import { changeOf, factsOf, nextStepsOf, reasonsOf, titleOf } from "../facts.ts";
import { type HttpAnswer, outcomeOf, sendRequest } from "../http-request.ts";
import { defineReceiver, type Outcome } from "../receiver.ts";
import { caFile, hostOf, text, webAddress, withPath } from "../settings.ts";

const MAX_SUMMARY = 254;

export default defineReceiver({
  type: "jira",
  title: "Jira",
  description: "An issue for each incident, a comment when its severity rises or it is closed.",
  settings: {
    url: webAddress.meta({ description: "Of the site: `https://acme.atlassian.net`." }),
    project: z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/, { error: "write the key of a project such as SEC" }),
    issue_type: text.optional().meta({ description: "Name of the issue type; `Task` when left out." }),
    labels: z
      .array(z.string().regex(/^[^\s"\\]{1,200}$/, { error: "a label has no blanks" }))
      .optional()
      .meta({ description: "Labels beside `sallyport`." }),
    user: text
      .optional()
      .meta({ description: "E-mail address the API token belongs to; left out, the token is a bearer token." }),
    ca_file: caFile,
  },
  secrets: { token: "required" },
  hosts: ({ url }) => [hostOf(url)],
  connect: ({ url, project, issue_type = "Task", labels = [], user, ca_file, token }, ports) => {
    const ca = ca_file === undefined ? undefined : ports.readFile(ca_file);
    const authorization =
      user === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${user}:${token}`, "utf8").toString("base64")}`;
    const call = (path: string, signal: AbortSignal, content: unknown): Promise<HttpAnswer> =>
      sendRequest(ports.guard, {
        url: withPath(url, path),
        ca,
        signal,
        body: JSON.stringify(content),
        headers: { authorization, "content-type": "application/json" },
      });
    const outcome = (answer: HttpAnswer, reference?: string): Outcome => {
      const judged = outcomeOf(answer, ports.clock.now());
      return judged.result === "delivered" ? { ...judged, reference } : judged;
    };

    const find = async (thread: string, signal: AbortSignal): Promise<string | null> => {
      const answer = await call("/rest/api/3/search/jql", signal, {
        jql: `project = "${project}" AND labels = "${labelOf(thread)}" ORDER BY created ASC`,
        maxResults: 1,
        fields: ["key"],
      });
      return answer.status === 200 ? keyIn(answer.body) : null;
    };

    return {
      deliver: async (notice, { again, reference, signal }) => {
        const link = ports.link(notice.incident.uid);
        const first = reference === "" && notice.change === "new" && !again;
        const key = first || reference !== "" ? reference : ((await find(notice.thread, signal)) ?? "");
        if (key !== "" && notice.change === "new")
          return { result: "delivered", answer: `${key} is there`, reference: key };
        if (key !== "") {
          const content = { body: jiraDocument(notice, link) };
          return outcome(await call(`/rest/api/3/issue/${encodeURIComponent(key)}/comment`, signal, content), key);
        }
        if (notice.change === "closed") return { result: "delivered", answer: "there is no issue to close" };
        const answer = await call("/rest/api/3/issue", signal, {
          fields: {
            project: { key: project },
            issuetype: { name: issue_type },
            summary: titleOf(notice, MAX_SUMMARY),
            description: jiraDocument(notice, link),
            labels: ["sallyport", labelOf(notice.thread), ...labels],
          },
        });
        return outcome(answer, keyIn(answer.body) ?? undefined);
      },
    };
  },
});

const labelOf = (uid: string): string => `sallyport-${uid.replaceAll(/[^A-Za-z0-9-]/g, "-").slice(0, 64)}`;

const AnswerSchema = z.union([
  z.object({ issues: z.array(z.object({ key: z.string() })) }).transform(({ issues }) => issues[0]?.key),
  z.object({ key: z.string() }).transform(({ key }) => key),
]);

/** The key of the issue, or of the first one found; null when the answer holds none. */
function keyIn(body: string): string | null {
  try {
    const key = AnswerSchema.parse(JSON.parse(body));
    return key !== undefined && /^[A-Z][A-Z0-9_]*-\d{1,12}$/.test(key) ? key : null;
  } catch {
    return null;
  }
}

/** The notice in Atlassian Document Format. */
export function jiraDocument(notice: Notice, link: string | null): Record<string, unknown> {
  const node = (value: string, marks?: readonly unknown[]) => ({
    type: "text",
    text: value,
    ...(marks === undefined ? {} : { marks }),
  });
  const strong = [{ type: "strong" }];
  const paragraph = (...content: readonly unknown[]) => ({ type: "paragraph", content });
  const list = (items: readonly (readonly unknown[])[]) => ({
    type: "bulletList",
    content: items.map((content) => ({ type: "listItem", content: [paragraph(...content)] })),
  });
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [paragraph(node(name, strong)), list(lines.map((line) => [node(line)]))];
  return {
    type: "doc",
    version: 1,
    content: [
      paragraph(node(changeOf(notice), strong)),
      list(factsOf(notice).map(({ name, value }) => [node(`${name}: `, strong), node(value)])),
      ...section("Why", reasonsOf(notice)),
      ...section("What next", nextStepsOf(notice)),
      ...(link === null ? [] : [paragraph(node("Open the incident", [{ type: "link", attrs: { href: link } }]))]),
      paragraph(node(`Delivery ${notice.delivery}`, [{ type: "code" }])),
    ],
  };
}
