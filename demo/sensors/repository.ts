/** What the code hosts of the organisation record: GitHub's audit stream and webhooks, GitLab's audit events. */
import type { GithubLogin, Host, Person, Repository } from "../company.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { githubAuditLine, type GithubAuditRecord } from "../writers/github-audit.ts";
import { githubWebhookLine, webhookRepository } from "../writers/github-webhook.ts";
import { gitlabAuditLine, type GitlabAuditRecord } from "../writers/gitlab-audit.ts";

/** Whose hands an action at GitHub came from. */
export interface GithubActor {
  readonly login: GithubLogin;
  readonly ip: string;
  readonly country: string;
  readonly userAgent: string;
  /** The credential; null for the web pages and for SSH keys that GitHub does not tell. */
  readonly credential: {
    readonly hash: string;
    readonly id: number;
    readonly type: string;
    readonly scopes: string;
  } | null;
}

const FINE_GRAINED = "Fine-grained personal access token";
export const CLASSIC = "Personal access token (classic)";

/** A person with the own token from the office that the machine stands in. */
export function personAtGithub(world: World, person: Person, host: Host, userAgent: string): GithubActor {
  const site = world.company.sites[host.office];
  return {
    login: person.github,
    ip: site.egressIp,
    country: site.countryCode,
    userAgent,
    credential: {
      hash: person.tokenHash,
      id: person.tokenId,
      type: FINE_GRAINED,
      scopes: "contents:write,metadata:read,pull_requests:write",
    },
  };
}

/** A service account with its token, from the given machine's office. */
export function serviceAtGithub(world: World, service: "ci" | "backup", host: Host, userAgent: string): GithubActor {
  const site = world.company.sites[host.office];
  const { github, tokenHash, tokenId } = world.company.services[service];
  return {
    login: github,
    ip: site.egressIp,
    country: site.countryCode,
    userAgent,
    credential: { hash: tokenHash, id: tokenId, type: CLASSIC, scopes: "repo,workflow" },
  };
}

interface GithubAction {
  readonly time: number;
  readonly action: string;
  readonly actor: GithubActor;
  readonly repository?: Pick<Repository, "owner" | "name" | "id" | "private">;
  /** Keys the action adds, by GitHub's names. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly random: Random;
}

export function githubAudit(world: World, event: GithubAction): void {
  const { actor, repository, random } = event;
  const git = event.action.startsWith("git.");
  const full = repository === undefined ? undefined : `${repository.owner}/${repository.name}`;
  const record: GithubAuditRecord = {
    time: event.time,
    action: event.action,
    documentId: `${random.alphanumeric(21)}${random.pick(["A", "Q", "g", "w"])}`,
    actor: actor.login.login,
    actorId: actor.login.id,
    actorIp: actor.login.bot ? null : actor.ip,
    country: actor.country,
    userAgent: actor.userAgent,
    more: {
      actor_is_bot: actor.login.bot,
      external_identity_nameid: actor.login.email ?? undefined,
      hashed_token: actor.credential?.hash,
      programmatic_access_type: actor.credential?.type,
      token_id: actor.credential?.id,
      token_scopes: actor.credential?.scopes,
      operation_type: git ? undefined : operationType(event.action),
      repo: full,
      repo_id: repository?.id,
      ...(git
        ? {
            repository: full,
            repository_id: repository?.id,
            repository_public: repository === undefined ? undefined : !repository.private,
          }
        : { public_repo: repository === undefined ? undefined : !repository.private }),
      ...event.more,
    },
  };
  // the stream of an organisation carries only what happens in the organisation
  world.book.add("github/audit.ndjson", event.time, () => [
    githubAuditLine(record, world.company.profile.organisation),
  ]);
}

interface PushPayload {
  readonly time: number;
  readonly actor: GithubActor;
  readonly repository: Repository;
  readonly ref: string;
  readonly message: string;
  readonly added?: readonly string[];
  readonly modified?: readonly string[];
  readonly created?: boolean;
  readonly forced?: boolean;
  readonly random: Random;
}

/** The `push` delivery for one commit. */
export function githubPushHook(world: World, push: PushPayload): void {
  const { random, repository, actor } = push;
  const before = push.created === true ? "0".repeat(40) : random.hex(40);
  const after = random.hex(40);
  const person = {
    name: actor.login.login,
    email: actor.login.email ?? `${actor.login.id}+${actor.login.login}@users.noreply.github.com`,
    username: actor.login.login,
  };
  const commit = {
    id: after,
    tree_id: random.hex(40),
    distinct: true,
    message: push.message,
    timestamp: new Date(push.time - 45_000).toISOString().replace(/\.\d{3}Z$/, "Z"),
    url: `https://github.com/${repository.owner}/${repository.name}/commit/${after}`,
    author: person,
    committer: person,
    added: push.added ?? [],
    removed: [],
    modified: push.modified ?? [],
  };
  githubHook(world, push.time, "push", random, {
    ref: push.ref,
    before,
    after,
    repository: hookRepository(world, repository, push.time),
    pusher: { name: person.name, email: person.email },
    organization: {
      ...organisationOf(world),
      url: `https://api.github.com/orgs/${world.company.profile.slug}`,
    },
    sender: sender(actor.login),
    created: push.created ?? false,
    deleted: false,
    forced: push.forced ?? false,
    base_ref: null,
    compare: `https://github.com/${repository.owner}/${repository.name}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: [commit],
    head_commit: commit,
  });
}

/** The `repository` delivery: created, publicized, renamed and so on. */
export function githubRepositoryHook(
  world: World,
  time: number,
  action: string,
  actor: GithubActor,
  repository: Repository,
  random: Random,
  description: string | null = null,
): void {
  githubHook(world, time, "repository", random, {
    action,
    repository: { ...hookRepository(world, repository, time), description },
    organization: {
      ...organisationOf(world),
      url: `https://api.github.com/orgs/${world.company.profile.slug}`,
    },
    sender: sender(actor.login),
  });
}

export function githubHook(
  world: World,
  time: number,
  event: string,
  random: Random,
  body: Readonly<Record<string, unknown>>,
): void {
  const record = { event, delivery: random.uuid(), body };
  world.book.add("github/webhooks.ndjson", time, () => [githubWebhookLine(record)]);
}

export function hookRepository(world: World, repository: Repository, time: number): Record<string, unknown> {
  return webhookRepository({
    id: repository.id,
    owner: repository.owner,
    ownerId: world.company.profile.organisation.org_id,
    ownerType: "Organization",
    name: repository.name,
    private: repository.private,
    description: null,
    created: world.start - ((repository.id % 900) + 30) * 86_400_000,
    pushed: time,
  });
}

/** The `organization` object of a payload. */
export function organisationOf(world: World): Record<string, unknown> {
  const { org, org_id } = world.company.profile.organisation;
  return { login: org, id: org_id };
}

export function sender(login: GithubLogin): Record<string, unknown> {
  return {
    login: login.login,
    id: login.id,
    type: login.bot ? "Bot" : "User",
    site_admin: false,
    html_url: `https://github.com/${login.login.replace("[bot]", "")}`,
  };
}

/** A record of the organisation's GitLab. */
export function gitlabAudit(world: World, record: Omit<GitlabAuditRecord, "id"> & { readonly random: Random }): void {
  const { random, ...event } = record;
  const id = random.uuid();
  world.book.add("gitlab/audit-events.ndjson", event.time, () => [gitlabAuditLine({ ...event, id })]);
}

export function gitlabProject(
  world: World,
  repository: Repository,
): {
  entity: GitlabAuditRecord["entity"];
  target: GitlabAuditRecord["target"];
} {
  if (repository.host !== world.company.profile.gitlab)
    throw new RangeError(`${repository.owner}/${repository.name} is not on GitLab`);
  return {
    entity: { type: "Project", id: repository.id, path: `${repository.owner}/${repository.name}` },
    target: { type: "Project", id: repository.id, details: repository.name },
  };
}

function operationType(action: string): string {
  const verb = action.slice(action.indexOf(".") + 1);
  if (/create|add|enable|register/.test(verb)) return "create";
  if (/destroy|remove|disable|revoke/.test(verb)) return "remove";
  return /access_granted|request/.test(verb) ? "access" : "modify";
}
