/**
 * GitLab audit events as the HTTP stream delivers them, one a line.
 *
 * @see https://docs.gitlab.com/user/compliance/audit_event_schema/
 */

export interface GitlabAuditRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly id: string;
  readonly eventType: string;
  readonly author: { readonly id: number; readonly name: string; readonly email: string | null };
  readonly ip: string;
  readonly entity: { readonly type: "Project" | "Group" | "User"; readonly id: number; readonly path: string };
  readonly target: { readonly type: string; readonly id: number; readonly details: string };
  /** What happened: text, or `{ protocol, action }` for git operations. */
  readonly message:
    | string
    | { readonly protocol: "ssh" | "http"; readonly action: "git-upload-pack" | "git-receive-pack" };
  /** Keys that the event type adds to `details`, for instance `change`, `from`, `to`. */
  readonly details?: Readonly<Record<string, string>>;
}

export function gitlabAuditLine(record: GitlabAuditRecord): string {
  return JSON.stringify({
    id: record.id,
    author_id: record.author.id,
    entity_id: record.entity.id,
    entity_type: record.entity.type,
    details: {
      ...record.details,
      event_name: record.eventType,
      author_name: record.author.name,
      author_class: "User",
      ...(record.author.email === null ? {} : { author_email: record.author.email }),
      target_id: record.target.id,
      target_type: record.target.type,
      target_details: record.target.details,
      custom_message: record.message,
      ip_address: record.ip,
      entity_path: record.entity.path,
    },
    ip_address: record.ip,
    author_name: record.author.name,
    entity_path: record.entity.path,
    target_details: record.target.details,
    created_at: new Date(record.time).toISOString(),
    target_type: record.target.type,
    target_id: record.target.id,
    event_type: record.eventType,
  });
}
