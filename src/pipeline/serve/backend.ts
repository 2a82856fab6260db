/** What the server needs from the rest of the product; `src/backend` provides it, tests hand in fakes. */
import type { Handlers, IncidentItem, Output, Role, Status } from "./contract.ts";

export interface Credential {
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly kind: "token" | "session";
  readonly name: string;
  readonly role: Role;
  /** Sessions: what changes must carry; empty for tokens. */
  readonly csrf: string;
  /** ms since 1970 UTC */
  readonly created: number;
  readonly expires: number;
}

export interface CredentialStore {
  /** Those that are neither revoked nor expired. */
  read(): Promise<readonly Credential[]>;
  write(credential: Credential, revoked: boolean): Promise<void>;
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
  readonly type: "counter" | "gauge";
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface Backend {
  readonly handlers: Handlers;
  readonly credentials: CredentialStore;
  /** What of `/status` the store knows. */
  status(): Promise<Pick<Output<typeof Status>, "store" | "sources">>;
  /** Why nothing can be answered now; null: all is well. */
  notReady(): Promise<string | null>;
  /** @param since null: marks of now, without changes */
  changes(since: ChangeMarks | null): Promise<Changes>;
  /** Beyond what the server counts itself. */
  metrics(): Promise<readonly MetricFamily[]>;
}
