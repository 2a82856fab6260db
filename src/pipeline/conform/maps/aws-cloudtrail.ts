/**
 * AWS CloudTrail -> API Activity (6003), CodeCommit's git traffic among it; ConsoleLogin and Identity
 * Center's sign-ins -> Authentication (3002).
 *
 * CodeCommit writes two records for one push or pull: the first for the exchange of references (`dataTransferred` false), the
 * second for the data. Only the second is the transfer; the first is no activity, unless it was refused: then it stays alone.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * @see https://docs.aws.amazon.com/codecommit/latest/userguide/integ-cloudtrail.html
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfResource, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import {
  apiActor,
  emailAddress,
  operationActivity,
  outcomeStatus,
  sourceEndpoint,
  unmappedRest,
} from "../api-activity.ts";
import { respellCloudTrail } from "../decoders/cloudtrail-spelling.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, list, object, property, text } from "../read-json.ts";
import { isNamed, NOBODY } from "../sign-on.ts";

const PRODUCT = { name: "CloudTrail", vendor_name: "AWS" };

const PLACED: ReadonlySet<string> = new Set([
  "eventTime",
  "eventID",
  "eventName",
  "eventSource",
  "awsRegion",
  "sourceIPAddress",
  "userAgent",
  "errorCode",
  "errorMessage",
  "requestID",
  "recipientAccountId",
  "resources",
]);

export default defineMap({
  id: "aws-cloudtrail",
  title: "AWS CloudTrail, with CodeCommit",
  product: PRODUCT,
  reference:
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
  lane: "repository",
  exporting:
    "A trail for all regions that delivers to S3: its `.json.gz` files are read as they are, as are exports " +
    "of CloudTrail Lake and CloudWatch Logs. CodeCommit's GitPush and GitPull are management events; select " +
    "data events for S3 where copies into buckets matter.",
  limits: [
    "CodeCommit tells that data was transferred, not how much.",
    "Data events (S3 objects, Lambda calls) are recorded only where a trail selects them.",
    "An assumed role shows the session's name, which the caller chose.",
    "Records arrive up to fifteen minutes late and not in order.",
  ],
  recognise,
  conform,
});

function recognise({ json }: DecodedRecord): number {
  if (json === null || Object.hasOwn(json, "class_uid") || Object.hasOwn(json, "ecs")) return 0;
  if (text(json, "eventname") !== undefined)
    return text(json, "eventsource")?.endsWith(".amazonaws.com") === true ? 1 : 0;
  if (text(json, "eventName") === undefined) return 0;
  const source = text(json, "eventSource");
  if (source?.endsWith(".amazonaws.com") === true)
    return Object.hasOwn(json, "eventVersion") ||
      Object.hasOwn(json, "userIdentity") ||
      Object.hasOwn(json, "awsRegion")
      ? 1
      : 0.8;
  // a record that a pipeline cut down to some of its fields
  if (!Object.hasOwn(json, "awsRegion") || !Object.hasOwn(json, "sourceIPAddress")) return 0;
  return Object.hasOwn(json, "userIdentity") ? 1 : 0.8;
}

function conform(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  if (record.json === null) throw new MalformedInputError("aws-cloudtrail: not a JSON object");
  const json = respellCloudTrail(record.json);
  const name = text(json, "eventName");
  const source = text(json, "eventSource");
  if (name === undefined || (source === undefined && !Object.hasOwn(json, "awsRegion")))
    throw new MalformedInputError("aws-cloudtrail: the record has no eventName, or neither source nor region");
  const additional = object(json, "additionalEventData");
  if (isExchangeOfReferences(json, name, additional)) return null;

  const identity = object(json, "userIdentity");
  const region = text(json, "awsRegion");
  const account = text(json, "recipientAccountId") ?? text(identity, "accountId");
  const agent = text(json, "userAgent");
  const base = {
    product: PRODUCT,
    time:
      parseTime(property(json, "eventTime")) ??
      parseTime(property(json, "p_event_time")) ??
      record.syslog?.time ??
      environment.fileModifiedTime,
    uid: text(json, "eventID"),
    event_code: name,
  };
  const cloud = { provider: "AWS", region, account: account === undefined ? undefined : { uid: account } };
  const errorCode = text(json, "errorCode");
  const host = hostOf(json, source, region);
  const common = {
    cloud,
    status_code: errorCode,
    status_detail: text(json, "errorMessage"),
    src_endpoint: sourceOf(json),
    dst_endpoint: host === undefined ? undefined : { hostname: host },
    http_request: agent === undefined ? undefined : { user_agent: agent },
    unmapped: unmappedRest(json, PLACED),
  };
  const event =
    name === "ConsoleLogin" || endsSignIn(json, name, source)
      ? signIn(json, name, userOf(identity, additional), base, common)
      : apiCall(json, identity, name, source, base, common);
  event.metadata.profiles = ["cloud"];
  return event;
}

/** What precedes a transfer, and is all there is of a pull that found nothing new. */
function isExchangeOfReferences(json: JsonObject, name: string, additional: JsonObject | undefined): boolean {
  if ((name !== "GitPush" && name !== "GitPull") || text(json, "errorCode") !== undefined) return false;
  return boolean(additional, "dataTransferred") === false;
}

type Base = Parameters<typeof createEvent>[2];
type Common = Parameters<typeof createEvent>[3];

/** Identity Center tells each step of a sign-in; the last one, and one that was refused, are the sign-in itself. */
function endsSignIn(json: JsonObject, name: string, source: string | undefined): boolean {
  if (source !== "signin.amazonaws.com") return false;
  return name === "UserAuthentication" || (name === "CredentialVerification" && stepResult(json, name) === "Failure");
}

function stepResult(json: JsonObject, name: string): string | undefined {
  return text(object(json, "serviceEventDetails"), name);
}

function signIn(json: JsonObject, name: string, user: OcsfUser, base: Base, common: Common): OcsfEvent {
  const isConsole = name === "ConsoleLogin";
  const result = isConsole ? text(object(json, "responseElements"), name) : stepResult(json, name);
  const mfa = text(object(json, "additionalEventData"), "MFAUsed");
  return createEvent(3002, 1, base, {
    ...common,
    ...outcomeStatus(result === undefined ? common.status_code === undefined : result === "Success"),
    actor: apiActor(user),
    user: isNamed(user) ? user : NOBODY,
    service: { name: isConsole ? "AWS Management Console" : "AWS IAM Identity Center" },
    is_mfa: mfa === undefined ? undefined : mfa === "Yes",
    is_remote: true,
  });
}

function apiCall(
  json: JsonObject,
  identity: JsonObject | undefined,
  name: string,
  source: string | undefined,
  base: Base,
  common: Common,
): OcsfEvent {
  const requestId = text(json, "requestID");
  const { status_code: error, status_detail: errorMessage } = common;
  return createEvent(6003, activityOf(json, name), base, {
    ...common,
    ...outcomeStatus(error === undefined && stepResult(json, name) !== "Failure"),
    actor: actorOf(identity, object(json, "additionalEventData")),
    api: {
      operation: name,
      service: source === undefined ? undefined : { name: source },
      request: requestId === undefined ? undefined : { uid: requestId },
      response: error === undefined ? undefined : { error, error_message: errorMessage },
    },
    resources: resourcesOf(json, source),
  });
}

function activityOf(json: JsonObject, name: string): number {
  if (name === "GitPush") return 99;
  return name === "GitPull" || boolean(json, "readOnly") === true ? 2 : operationActivity(name);
}

/** The address, or the AWS service that called on somebody's behalf. */
function sourceOf(json: JsonObject): OcsfEndpoint {
  const source = text(json, "sourceIPAddress");
  if (source === undefined || ipAddress(source) !== undefined) return sourceEndpoint(source);
  return { svc_name: source };
}

/** Where the call went; CodeCommit's git end points follow from the region, as AWS documents them. */
function hostOf(json: JsonObject, source: string | undefined, region: string | undefined): string | undefined {
  const header = text(object(json, "tlsDetails"), "clientProvidedHostHeader");
  if (header !== undefined) return header;
  return source === "codecommit.amazonaws.com" && region !== undefined
    ? `git-codecommit.${region}.amazonaws.com`
    : undefined;
}

/** What AWS writes where somebody typed a password into the name field. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

const USER_TYPES: ReadonlyMap<string, number> = new Map([
  ["IAMUser", 1],
  ["IdentityCenterUser", 1],
  ["SAMLUser", 1],
  ["WebIdentityUser", 1],
  ["FederatedUser", 1],
  ["Root", 2],
  ["AWSService", 3],
]);

const CAPTIONS: readonly (string | undefined)[] = [undefined, "User", "Admin", "System"];

function userOf(identity: JsonObject | undefined, additional: JsonObject | undefined): OcsfUser {
  const type = text(identity, "type");
  const issuer = object(object(identity, "sessionContext"), "sessionIssuer");
  const arn = text(identity, "arn");
  // arn:aws:sts::111122223333:assumed-role/Deploy/alice@acme.example: the session's name tells one caller from another
  const sessionName = type === "AssumedRole" ? arn?.split("/")[2] : undefined;
  const userName = text(identity, "userName");
  const name =
    (userName === HIDDEN ? undefined : userName) ??
    sessionName ??
    text(issuer, "userName") ??
    (type === "IdentityCenterUser" ? text(additional, "UserName") : undefined) ??
    text(identity, "invokedBy") ??
    (type === "Root" ? "root" : undefined);
  const account = text(identity, "accountId");
  const typeId = type === undefined ? undefined : (USER_TYPES.get(type) ?? 99);
  return {
    name,
    uid: text(identity, "principalId") ?? arn ?? text(object(identity, "onBehalfOf"), "userId"),
    uid_alt: arn,
    email_addr: emailAddress(name),
    type_id: typeId,
    type: typeId === undefined ? undefined : (CAPTIONS[typeId] ?? type),
    account: account === undefined ? undefined : { uid: account },
    credential_uid: text(identity, "accessKeyId"),
  };
}

function actorOf(
  identity: JsonObject | undefined,
  additional: JsonObject | undefined,
): NonNullable<OcsfEvent["actor"]> {
  const actor = apiActor(userOf(identity, additional), text(identity, "accessKeyId"));
  const context = object(identity, "sessionContext");
  const issuer = text(object(context, "sessionIssuer"), "arn");
  if (issuer !== undefined) actor.session = { ...actor.session, issuer };
  return actor;
}

const MAX_RESOURCES = 50;

function resourcesOf(json: JsonObject, source: string | undefined): OcsfResource[] | undefined {
  const request = object(json, "requestParameters");
  const repository =
    text(object(json, "additionalEventData"), "repositoryName") ??
    (source === "codecommit.amazonaws.com" ? text(request, "repositoryName") : undefined);
  const resources: OcsfResource[] = [];
  for (const item of list(json, "resources").slice(0, MAX_RESOURCES)) {
    const arn = text(item, "ARN") ?? text(item, "arn") ?? text(item, "ARNPrefix");
    if (arn === undefined) continue;
    const isRepository = text(item, "type") === "AWS::CodeCommit::Repository" || arn.startsWith("arn:aws:codecommit:");
    resources.push({
      name: isRepository && repository !== undefined ? repository : arn.slice(arn.lastIndexOf(":") + 1),
      uid: arn,
      type: isRepository ? "repository" : text(item, "type"),
    });
  }
  if (repository !== undefined && !resources.some((resource) => resource.type === "repository"))
    resources.unshift({ name: repository, type: "repository" });
  const bucket = text(request, "bucketName");
  if (bucket !== undefined && resources.length === 0) resources.push({ name: bucket, type: "AWS::S3::Bucket" });
  return resources.length === 0 ? undefined : resources;
}
