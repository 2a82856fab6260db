/** Changing an installation from the command line: in the store's files, or through the API of a server that has them open. */
import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { accessStores } from "../backend/index.ts";
import { upkeepHandlers } from "../backend/upkeep.ts";
import { loadConfiguration, type Configuration } from "../content/configuration/index.ts";
import { retentionSettings } from "../content/configuration/retention.ts";
import { readSecret } from "../content/configuration/secret.ts";
import { StoreLockedError, StoreUnavailableError, UsageError } from "../model/errors.ts";
import { systemClock } from "../model/ports.ts";
import { Store } from "../pipeline/persist/store.ts";
import { Access } from "../pipeline/serve/access.ts";
import { accessHandlers, type AdminCall, type AdminHandlers, type AdminId } from "../pipeline/serve/access-handlers.ts";
import { ADMIN_ENDPOINTS, UPKEEP_ENDPOINTS, type Endpoint } from "../pipeline/serve/contract.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { VERSION } from "./version.ts";

const ENDPOINTS = { ...ADMIN_ENDPOINTS, ...UPKEEP_ENDPOINTS };

export interface InstallationOptions {
  readonly store?: string;
  readonly config?: string;
  /** `http://127.0.0.1:8440` */
  readonly server?: string;
  readonly tokenFile?: string;
}

type Given<Id extends AdminId> = Partial<Pick<AdminCall<Id>, "parameters" | "query" | "body">>;
type Answer<Id extends AdminId> = Awaited<ReturnType<AdminHandlers[Id]>>;

export interface Administration {
  ask<Id extends AdminId>(id: Id, given: Given<Id>): Promise<Answer<Id>>;
  close(): Promise<void>;
}

/** The user of this machine, as what changes are written down under. */
export function localCaller(): { name: string; via: "command-line"; address: string } {
  return { name: userInfo().username, via: "command-line", address: hostname() };
}

/** The store's folder: the one named, the configuration's, or `./data`. */
export function storeFolder(options: InstallationOptions, configuration: Configuration | null): string {
  return options.store ?? configuration?.store ?? "./data";
}

export function configurationOf({ config }: InstallationOptions): Configuration | null {
  return config === undefined ? null : loadConfiguration(config);
}

/**
 * @param create make the store when there is none: the first user of an installation comes before its first start
 * @throws {UsageError | StoreLockedError | StoreUnavailableError}
 */
export async function openAdministration(options: InstallationOptions, create = false): Promise<Administration> {
  if (options.server !== undefined) return throughServer(options.server, options.tokenFile);
  const configuration = configurationOf(options);
  const store = await openStore(options, configuration, create);
  const { credentials, users, audit } = accessStores(store, systemClock);
  const access = await Access.open(
    { credentials, users, audit: (entry) => audit.write(entry) },
    { now: () => systemClock.now() },
  );
  const handlers: AdminHandlers = {
    ...accessHandlers(access, audit),
    ...upkeepHandlers({
      store,
      clock: systemClock,
      retention: () => retentionSettings(configuration?.retention),
      backupFolder: join(store.folder, "backups"),
      version: VERSION,
      wait: true,
    }),
  };
  return {
    ask: (async (id: AdminId, given: Given<AdminId>) => {
      const call = {
        parameters: undefined,
        query: {},
        body: undefined,
        ...given,
        caller: { ...localCaller(), role: "admin", credential: null },
      };
      try {
        return await (handlers[id] as (call: unknown) => Promise<unknown>)(call);
      } catch (error) {
        throw error instanceof ProblemError ? new UsageError(error.message, { cause: error }) : error;
      }
    }) as Administration["ask"],
    close: () => store.close(),
  };
}

/** Opens the store that the options name; of one that is in use it tells how to reach whoever has it. */
export async function openStore(
  options: InstallationOptions,
  configuration: Configuration | null,
  create: boolean,
): Promise<Store> {
  const folder = storeFolder(options, configuration);
  if (!create && !existsSync(join(folder, "clickhouse")))
    throw new UsageError(`${folder} holds no store: name its folder with --store, or the configuration with -c`);
  try {
    return await Store.open(folder);
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
    const scheme = configuration?.tls === undefined ? "http" : "https";
    throw new StoreLockedError(
      `${error.message}; or change it through the one that runs: --server ${scheme}://${configuration?.listen ?? "127.0.0.1:8440"} with an admin's token in --token-file or SALLYPORT_TOKEN`,
      { cause: error },
    );
  }
}

function throughServer(address: string, tokenFile: string | undefined): Administration {
  const client = openServer(address, tokenFile);
  return {
    ask: ((id: AdminId, given: Given<AdminId>) => client(ENDPOINTS[id], given)) as Administration["ask"],
    close: async () => {},
  };
}

export type ServerClient = (
  endpoint: Pick<Endpoint, "method" | "path">,
  given: { readonly parameters?: unknown; readonly query?: unknown; readonly body?: unknown },
) => Promise<unknown>;

/** Asks the API of a running server. @throws {UsageError} when the address is none, or there is no token */
export function openServer(address: string, tokenFile: string | undefined): ServerClient {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UsageError(`${address} is no address of a server: write for instance http://127.0.0.1:8440`);
  const token =
    tokenFile === undefined ? (process.env["SALLYPORT_TOKEN"] ?? "") : readSecret({ file: tokenFile }).trim();
  if (token === "")
    throw new UsageError("a server takes a token: name its file with --token-file, or set SALLYPORT_TOKEN");
  return async ({ method, path }, { parameters, query, body }) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String((parameters as Record<string, unknown> | undefined)?.[name] ?? "")),
    );
    const url = new URL(filled, address);
    for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>))
      if (value !== undefined) url.searchParams.set(name, String(value));
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        redirect: "error",
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new StoreUnavailableError(`the server ${address} does not answer: ${reason}`, { cause });
    }
    const text = await response.text();
    let answer: unknown;
    try {
      answer = text === "" ? null : JSON.parse(text);
    } catch {
      throw new UsageError(`${address} answered with no JSON: is it Sallyport?`);
    }
    if (response.ok) return answer;
    const { detail } = (answer ?? {}) as { detail?: unknown };
    throw new UsageError(`the server refused: ${typeof detail === "string" ? detail : `status ${response.status}`}`);
  };
}
