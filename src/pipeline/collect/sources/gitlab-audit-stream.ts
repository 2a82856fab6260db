/**
 * GitLab's audit event streaming to an HTTP destination, proven by the token that GitLab sends with every event.
 *
 * @see https://docs.gitlab.com/user/compliance/audit_event_streaming/
 */
import { InvalidConfigError } from "../../../model/errors.ts";
import type { SourcePorts } from "../intake.ts";
import {
  DeliveryError,
  type DeliveryKind,
  DeliveryReceiver,
  type DeliverySource,
  plainHeader,
} from "./delivery-receiver.ts";
import type { HttpListenOptions, HttpReply, HttpRequest } from "./http-receiver.ts";
import { parseObject } from "./http-hec.ts";
import { TokenChecker } from "./http-token.ts";
import { readSecret } from "./listen.ts";

export interface GitlabAuditStreamSourceOptions extends HttpListenOptions {
  readonly id: string;
  /** The destination's verification token; one of the two. */
  readonly tokenFile?: string;
  readonly token?: string;
  /** How long an event may wait for the store, ms. Default 8 s. */
  readonly patienceMs?: number;
}

export function createGitlabAuditStreamSource(
  options: GitlabAuditStreamSourceOptions,
  ports: SourcePorts,
): DeliverySource {
  return new DeliveryReceiver(options.id, options, new GitlabEvent(options), ports);
}

const TOKEN_HEADER = "x-gitlab-event-streaming-token";
const MAX_LINE_BYTES = 1 << 20;

class GitlabEvent implements DeliveryKind {
  readonly source = "gitlab-audit";
  readonly #options: GitlabAuditStreamSourceOptions;
  #token: TokenChecker | null = null;

  constructor(options: GitlabAuditStreamSourceOptions) {
    this.#options = options;
  }

  open(): void {
    const { tokenFile, token, id } = this.#options;
    const secret = tokenFile === undefined ? (token ?? "") : readSecret(tokenFile);
    if (secret === "")
      throw new InvalidConfigError(`source ${id}: a streaming destination needs its verification token`);
    this.#token = new TokenChecker(secret);
  }

  /** The token is in a header: whoever does not have it gets no body read. */
  admit(request: HttpRequest): HttpReply | null {
    return this.#isRight(request) ? null : { status: 401, body: { message: "the verification token is not right" } };
  }

  verify(request: HttpRequest): boolean {
    return this.#isRight(request);
  }

  lineOf(_: HttpRequest, body: Buffer): string {
    if (parseObject(body) === null) throw new DeliveryError("the event is no JSON object");
    if (body.length > MAX_LINE_BYTES) throw new DeliveryError("the event is over 1 MiB");
    return body.toString("utf8").replaceAll(/[\r\n]/g, " ");
  }

  nameOf(request: HttpRequest): string {
    return plainHeader(request, "x-gitlab-audit-event-type") ?? "of unknown type";
  }

  #isRight(request: HttpRequest): boolean {
    return this.#token?.check(`Bearer ${plainHeader(request, TOKEN_HEADER) ?? ""}`) === "right";
  }
}
