/**
 * GitHub webhook deliveries as a receiver stores them: headers and body of one delivery a line.
 *
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */

interface GithubWebhookRecord {
  readonly event: string;
  readonly delivery: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface WebhookRepository {
  readonly id: number;
  readonly owner: string;
  readonly ownerId: number;
  readonly ownerType: "Organization" | "User";
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  /** ms since 1970 UTC. */
  readonly created: number;
  readonly pushed: number;
}

export function githubWebhookLine(record: GithubWebhookRecord): string {
  return JSON.stringify({
    headers: {
      Accept: "*/*",
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/5d7f3a1",
      "X-GitHub-Delivery": record.delivery,
      "X-GitHub-Event": record.event,
      "X-GitHub-Hook-ID": "418820117",
      "X-GitHub-Hook-Installation-Target-ID": "90417733",
      "X-GitHub-Hook-Installation-Target-Type": "organization",
    },
    body: record.body,
  });
}

/** The `repository` object of a payload: the members receivers read, as GitHub spells them. */
export function webhookRepository(repository: WebhookRepository): Record<string, unknown> {
  const full = `${repository.owner}/${repository.name}`;
  return {
    id: repository.id,
    node_id: `R_kgDO${Buffer.from(String(repository.id)).toString("base64url").slice(-6)}`,
    name: repository.name,
    full_name: full,
    private: repository.private,
    owner: {
      ...(repository.ownerType === "Organization" ? {} : { name: repository.owner }),
      login: repository.owner,
      id: repository.ownerId,
      type: repository.ownerType,
      site_admin: false,
      html_url: `https://github.com/${repository.owner}`,
    },
    html_url: `https://github.com/${full}`,
    description: repository.description,
    fork: false,
    url: `https://api.github.com/repos/${full}`,
    created_at: new Date(repository.created).toISOString().replace(".000Z", "Z"),
    pushed_at: new Date(repository.pushed).toISOString().replace(/\.\d{3}Z$/, "Z"),
    clone_url: `https://github.com/${full}.git`,
    ssh_url: `git@github.com:${full}.git`,
    has_issues: true,
    has_wiki: !repository.private,
    archived: false,
    disabled: false,
    visibility: repository.private ? "private" : "public",
    default_branch: "main",
  };
}
