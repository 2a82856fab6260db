/**
 * What the files in catalogue/ may say: the code-hosting services of the world, their hosts, how their addresses are
 * read, and the ranges they publish.
 *
 * Hosts are exact names, `*.name` (any subdomain, not the name itself) or names in which `{x}` stands for one label.
 * Paths are segments: a word is itself, `{owner}`, `{repository}`, `{id}` and `{project}` capture one, `{project...}`
 * captures as many as come before the next word, `*` is one segment, a final `**` the rest.
 */
import * as z from "zod";

/** What a host of a service is for. `ssh` lists only names that serve nothing but SSH. */
export const ROLES = [
  "web",
  "git",
  "api",
  "upload",
  "raw",
  "lfs",
  "gist",
  "ssh",
  "ssh_over_443",
  "registry",
  "pages",
  "workspace",
] as const;
export type Role = (typeof ROLES)[number];

export const ENDPOINTS = ["git", "api", "upload", "lfs", "gist", "raw", "ssh", "web", "registry", "unknown"] as const;
export const OPERATIONS = [
  "push",
  "fetch",
  "upload",
  "create",
  "change",
  "share",
  "delete",
  "read",
  "connect",
  "resolve",
  "unknown",
] as const;

const role = z.enum(ROLES);
const endpoint = z.enum(ENDPOINTS);
const operation = z.enum(OPERATIONS);
const host = z.string().regex(/^(?:\*\.)?[a-z0-9{}_-]+(?:\.[a-z0-9{}_-]+)*$/, {
  error: "write a host name in lower case, `*.name` or a name with {x} labels",
});
const path = z.string().regex(/^\/\S*$/, { error: "write a path that begins with /" });
const word = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: "write a lower-case word with hyphens" });

const RouteSchema = z.strictObject({
  on: z.union([role, z.array(role)]).meta({ description: "Which hosts of the service the route is for." }),
  path,
  endpoint: endpoint.optional().meta({ description: "Where it differs from the host's own." }),
  name: z.string().optional().meta({
    description: "Path of the destination's name, where it is not owner/repository; `{captures}` are filled in.",
  }),
  GET: operation.optional(),
  HEAD: operation.optional(),
  POST: operation.optional(),
  PUT: operation.optional(),
  PATCH: operation.optional(),
  DELETE: operation.optional(),
  any: operation.optional().meta({ description: "For every method without one of its own." }),
});

const RepositorySchema = z.union([path, z.strictObject({ path, name: z.string() })]);

const GrammarSchema = z.strictObject({
  repository: z
    .array(RepositorySchema)
    .meta({ description: "Paths of a repository in git addresses over HTTP and SSH, most specific first." }),
  mounts: z
    .partialRecord(role, path)
    .optional()
    .meta({ description: "Where a host of the web role serves other roles." }),
  reserved: z.array(z.string()).optional().meta({ description: "First segments of web paths that are no owner." }),
  routes: z.array(RouteSchema).meta({ description: "The first that fits decides." }),
});

const AuditSchema = z.strictObject({
  products: z.array(z.string()).meta({ description: "metadata.product.name of its audit sources, lower case." }),
  operations: z
    .array(z.strictObject({ match: z.string(), operation }))
    .meta({ description: "Patterns for api.operation, the first that matches counts." }),
});

const ServiceSchema = z.strictObject({
  id: word,
  title: z.string().min(1),
  kind: z.enum(["code-host", "registry", "paste", "workspace"]),
  host: z.string().min(1).meta({
    description: "The name destinations carry; `{x}` is filled from the host seen, `{host}` is the host seen.",
  }),
  canonical: z.partialRecord(role, z.string()).optional().meta({ description: "Names for roles that keep their own." }),
  hosts: z.partialRecord(role, z.array(host)),
  excluded: z.array(host).optional().meta({ description: "Names under its domains that carry no repository content." }),
  grammar: word,
  ranges: z
    .array(
      z.strictObject({
        role: role.meta({ description: "The role of a connection there, port 22 aside." }),
        cidrs: z.array(z.string()).min(1),
        source: z.string().meta({ description: "Where the service publishes them." }),
        date: z.iso.date().meta({ description: "When they were last compared." }),
      }),
    )
    .optional(),
  audit: AuditSchema.optional(),
  self_hosted: z
    .boolean()
    .optional()
    .meta({ description: "A product that organisations run under names of their own." }),
  labels: z.array(z.string()).optional().meta({ description: "Words in host names that suggest this product." }),
  reference: z.string().optional().meta({ description: "Where the hosts and paths are documented." }),
  examples: z
    .array(
      z.strictObject({
        url: z.string(),
        method: z.string().optional(),
        name: z.string(),
        endpoint,
        operation,
      }),
    )
    .min(1),
});

const ObjectStorageSchema = z.strictObject({
  id: word,
  title: z.string().min(1),
  hosts: z.array(host).min(1),
});

export const CatalogueSchema = z
  .strictObject({
    grammars: z.record(word, GrammarSchema).optional(),
    services: z.array(ServiceSchema).optional(),
    object_storage: z.array(ObjectStorageSchema).optional(),
  })
  .meta({ id: "Catalogue", description: "One catalogue file." });

export type Grammar = z.infer<typeof GrammarSchema>;
export type Route = z.infer<typeof RouteSchema>;
export type Service = z.infer<typeof ServiceSchema>;
export type ObjectStorage = z.infer<typeof ObjectStorageSchema>;

/** Every catalogue file joined. Plain data, so it can be handed to a worker. */
export interface Catalogue {
  readonly grammars: Readonly<Record<string, Grammar>>;
  readonly services: readonly Service[];
  readonly object_storage: readonly ObjectStorage[];
}
