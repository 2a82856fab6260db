/** What the server needs from the rest of the product; `src/backend` provides it, tests hand in fakes. */
import type { UpkeepHandlers } from "./access-handlers.ts";
import type { AuditItem, Handlers, IncidentItem, Output, Role, Status } from "./contract.ts";

export interface Credential {
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly kind: "token" | "session";
  readonly name: string;
  readonly role: Role;
  /** Sessions: what changes must carry; empty for tokens. */
  readonly csrf: string;
  /** Whom a session is of: `user:mara`, `oidc:SUBJECT`, `token:HASH`, `link:local`; empty for tokens. */
  readonly account: string;
  /** Addresses and ranges a token may come from; empty: any. */
  readonly addresses: readonly string[];
  /** Who made a token. */
  readonly created_by: string;
  /** ms since 1970 UTC */
  readonly created: number;
  /** When it is no longer valid unless it is used before. */
  readonly expires: number;
  /** When it is no longer valid whatever happens. */
  readonly ends: number;
}

export interface CredentialStore {
  /** Those that are neither revoked nor expired. */
  read(): Promise<readonly Credential[]>;
  write(credential: Credential, revoked: boolean): Promise<void>;
}

export interface User {
  readonly name: string;
  readonly role: Role;
  /** What scrypt made of the password, with its parameters. */
  readonly password: string;
  readonly disabled: boolean;
  /** ms since 1970 UTC */
  readonly created: number;
  /** When the password was last set. */
  readonly changed: number;
}

export interface UserStore {
  /** All, disabled ones too. */
  read(): Promise<readonly User[]>;
  write(user: User): Promise<void>;
}

/** Who did what to the installation, and from where. */
export interface AuditEntry {
  /** `user.add`, `token.revoke`, `session.start`, … */
  readonly kind: string;
  readonly origin: {
    readonly actor: string;
    readonly via: "api" | "console" | "command-line";
    readonly address: string | null;
  };
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditStore {
  write(entry: AuditEntry): Promise<void>;
  /** Latest first; `before` is time and uid of the last row of the page before. */
  read(before: readonly [number, string] | null, limit: number): Promise<readonly Output<typeof AuditItem>[]>;
}

/** Up to where all changes of incidents are known. */
export interface ChangeMarks {
  readonly version: number;
  readonly acted: number;
}

export interface Changes {
  readonly marks: ChangeMarks;
  readonly incidents: readonly Output<typeof IncidentItem>[];
  /** There are more than can be told one by one: read the list again. */
  readonly tooMany: boolean;
}

/** One family of the Prometheus text format; label values come from closed sets. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly {
    /** Of a histogram: which of its series. */
    readonly suffix?: "_bucket" | "_sum" | "_count";
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

export interface Backend {
  readonly handlers: Handlers;
  readonly credentials: CredentialStore;
  readonly users?: UserStore;
  readonly audit?: AuditStore;
  /** Retention, deletion and backups; not there: the API has none of them. */
  readonly upkeep?: UpkeepHandlers;
  /** What of `/status` the store knows. */
  status(): Promise<Pick<Output<typeof Status>, "store" | "sources" | "live" | "configuration" | "notify">>;
  /** Why nothing can be answered now; null: all is well. */
  notReady(): Promise<string | null>;
  /** @param since null: marks of now, without changes */
  changes(since: ChangeMarks | null): Promise<Changes>;
  /** Beyond what the server counts itself. */
  metrics(): Promise<readonly MetricFamily[]>;
}
