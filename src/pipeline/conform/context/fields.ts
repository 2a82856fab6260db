/** Every `context.*` field a rule may ask for, in order. The reference in docs/ is written from this table; a test holds it to what is produced. */

export interface ContextField {
  readonly name: string;
  /** As a rule sees it; a field that is null does not exist for a rule. */
  readonly type: "string" | "string list" | "true or false" | `one of ${string}`;
  readonly description: string;
}

export const CONTEXT_FIELDS: readonly ContextField[] = [
  {
    name: "context.actor.name",
    type: "string",
    description:
      "Who did it: the person's e-mail address where `people` or the source ties one to the login, else the login; lower case. Where the event names nobody, who `inventory` places at the client's address.",
  },
  {
    name: "context.actor.names",
    type: "string list",
    description:
      "Every name of the actor in this event, `context.actor.name` first; lower case. A Windows domain before the name is left off.",
  },
  {
    name: "context.actor.sanctioned",
    type: "true or false",
    description:
      "True for a user in `sanctioned.users` and for a service account on the hosts and for the repositories policy names with it; false for others when policy lists users; null when it lists none, and for accounts every machine has.",
  },
  {
    name: "context.actor.service_account",
    type: "true or false",
    description:
      "A program's account: named under `service_accounts`, ending in `[bot]` or `$`, or called a service by the source.",
  },
  {
    name: "context.actor.shared_account",
    type: "true or false",
    description:
      "An account every machine has (root, SYSTEM, Administrator): the same name on two hosts is not the same actor.",
  },
  { name: "context.actor.developer", type: "true or false", description: "As `people` says; null where it does not." },
  { name: "context.actor.team", type: "string", description: "As `people` says." },
  {
    name: "context.host.name",
    type: "string",
    description:
      "The machine, lower case and without domain suffix: as the event names it, or by `inventory` from the client's address.",
  },
  {
    name: "context.host.role",
    type: "string",
    description:
      "developer, pipeline, backup, server, administration, hypervisor, office or a word of your own: the first entry of `sanctioned.hosts` that matches.",
  },
  {
    name: "context.host.sanctioned",
    type: "true or false",
    description:
      "False when policy lists hosts and not this one, or when the entry's `repositories` leave out the destination; null when policy lists none.",
  },
  {
    name: "context.address.ip",
    type: "string",
    description: "The client's address; IPv6 compressed and without zone.",
  },
  {
    name: "context.address.sanctioned",
    type: "true or false",
    description: "Whether `sanctioned.addresses` holds it; null when policy lists none.",
  },
  {
    name: "context.destination.name",
    type: "string",
    description:
      "`host/owner/name` of the code host itself, as far as it is known, lower case: API, upload, raw, LFS and SSH end points belong to their code host. Gists are `gist.github.com/OWNER-or-ID`.",
  },
  { name: "context.destination.host", type: "string", description: "The code host." },
  { name: "context.destination.owner", type: "string", description: "Owner, organisation or group path." },
  { name: "context.destination.repository", type: "string", description: "Repository name without `.git`." },
  {
    name: "context.destination.service",
    type: "string",
    description:
      "Id in the catalogue, for instance `github`; `self-hosted` for a host only policy names, `unknown-forge` for one known by the shape of its addresses, `look-alike` for one known by the name it imitates.",
  },
  {
    name: "context.destination.kind",
    type: "one of code-host, registry, paste, workspace",
    description:
      "What the service is: keeps repositories, publishes packages or images, takes pieces of text, or runs development environments.",
  },
  {
    name: "context.destination.endpoint",
    type: "one of git, api, upload, lfs, gist, raw, ssh, web, registry, unknown",
    description:
      "Which end point of the code host: what the traffic can carry. Unknown where only the host name shows and it serves several.",
  },
  {
    name: "context.destination.operation",
    type: "one of push, fetch, upload, create, change, share, delete, read, connect, resolve, unknown",
    description:
      "What is done there. push: git-receive-pack, asking for it (`info/refs`) included; fetch: git-upload-pack, clones, archives; upload: contents, blobs, release assets, gists, LFS objects, packages; create: a repository or fork; share: made visible to more people; connect: a connection or tunnel whose content does not show; resolve: a DNS question.",
  },
  {
    name: "context.destination.verdict",
    type: "one of sanctioned, unsanctioned, unknown",
    description:
      "By `sanctioned.repositories` and `RepoDomainList`. unknown: the repository does not show and the host is allowed, or policy is silent.",
  },
  {
    name: "context.destination.host_allowed",
    type: "true or false",
    description:
      "Whether `RepoDomainList` or a sanctioned repository names the code host; null where policy is silent.",
  },
  {
    name: "context.destination.visibility",
    type: "one of public, private, unknown",
    description: "Who can read it, where the event says so.",
  },
  {
    name: "context.destination.look_alike_of",
    type: "string",
    description: "The sanctioned host, or host/owner, that this one imitates.",
  },
  {
    name: "context.destination.seen_by",
    type: "one of audit, url, sni, dns, address, command-line, hostname",
    description:
      "How the destination was recognised, from the most to the least precise: audit, url, sni, hostname, dns, command-line, address.",
  },
  {
    name: "context.object_storage",
    type: "string",
    description:
      "Catalogue id of the cloud's object storage the event talks to, for instance `aws-s3`: where code hosts have large payloads delivered.",
  },
  {
    name: "context.work_hours",
    type: "true or false",
    description: "Within WorkHours, or within a shift of the actor under `on_call`; null when policy states no hours.",
  },
  {
    name: "context.sensitive_path",
    type: "true or false",
    description: "The file, or a path in the command line, lies under `sensitive_paths`.",
  },
];
