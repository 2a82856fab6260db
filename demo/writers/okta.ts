/**
 * Okta System Log events as the API returns them, one a line.
 *
 * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
 */

export interface OktaRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly uuid: string;
  readonly eventType: string;
  readonly displayMessage: string;
  readonly result: "SUCCESS" | "FAILURE" | "ALLOW" | "CHALLENGE";
  readonly reason: string | null;
  readonly severity: "INFO" | "WARN";
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly ip: string;
  readonly place: OktaPlace;
  readonly userAgent: string;
  readonly os: string;
  readonly browser: string;
  readonly session: string;
  readonly requestId: string;
  readonly requestUri: string;
  readonly factor: string | null;
  /** true where Okta's own behaviour detection would call place and device new. */
  readonly unusual: boolean;
  /** The application signed in to, when the event is about one. */
  readonly application: { readonly id: string; readonly name: string; readonly kind: string } | null;
}

export interface OktaPlace {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly postalCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly provider: string;
  readonly asNumber: number;
}

export function oktaLine(record: OktaRecord): string {
  const geography = {
    city: record.place.city,
    state: record.place.state,
    country: record.place.country,
    postalCode: record.place.postalCode,
    geolocation: { lat: record.place.latitude, lon: record.place.longitude },
  };
  return JSON.stringify({
    actor: {
      id: record.user.id,
      type: "User",
      alternateId: record.user.email,
      displayName: record.user.name,
      detailEntry: null,
    },
    client: {
      userAgent: { rawUserAgent: record.userAgent, os: record.os, browser: record.browser },
      zone: "null",
      device: "Computer",
      id: null,
      ipAddress: record.ip,
      geographicalContext: geography,
    },
    device: null,
    authenticationContext: {
      authenticationProvider: record.factor === null ? null : "FACTOR_PROVIDER",
      credentialProvider: record.factor === null ? null : "OKTA_CREDENTIAL_PROVIDER",
      credentialType: record.factor,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      rootSessionId: record.session,
      externalSessionId: record.session,
    },
    displayMessage: record.displayMessage,
    eventType: record.eventType,
    outcome: { result: record.result, reason: record.reason },
    published: new Date(record.time).toISOString(),
    securityContext: {
      asNumber: record.place.asNumber,
      asOrg: record.place.provider,
      isp: record.place.provider,
      domain: ".",
      isProxy: false,
    },
    severity: record.severity,
    debugContext: {
      debugData: {
        requestId: record.requestId,
        dtHash: debugHash(record.requestId),
        risk: record.unusual ? "{reasons=Anomalous Location, Anomalous Device, level=MEDIUM}" : "{reasons=, level=LOW}",
        behaviors: `{${BEHAVIOURS.map((name) => `${name}=${verdict(record)}`).join(", ")}}`,
        logOnlySecurityData: JSON.stringify({
          risk: { level: record.unusual ? "MEDIUM" : "LOW" },
          behaviors: Object.fromEntries(BEHAVIOURS.map((name) => [name, verdict(record)])),
        }),
        requestUri: record.requestUri,
        threatSuspected: "false",
        url: `${record.requestUri}?`,
        ...(record.application === null
          ? {}
          : { initiationType: "SP_INITIATED", authnRequestId: record.requestId, signOnMode: "SAML 2.0" }),
      },
    },
    legacyEventType: legacyType(record.eventType),
    transaction: { type: "WEB", id: record.requestId, detail: {} },
    uuid: record.uuid,
    version: "0",
    request: { ipChain: [{ ip: record.ip, geographicalContext: geography, version: "V4", source: null }] },
    target: targets(record),
  });
}

const BEHAVIOURS = [
  "New Geo-Location",
  "New Device",
  "New IP",
  "New State",
  "New Country",
  "Velocity",
  "New City",
] as const;

function verdict(record: OktaRecord): string {
  return record.unusual ? "POSITIVE" : "NEGATIVE";
}

function targets(record: OktaRecord): unknown[] | null {
  const user = {
    id: record.user.id,
    type: "User",
    alternateId: record.user.email,
    displayName: record.user.name,
    detailEntry: null,
  };
  if (record.application === null) return record.eventType === "user.session.start" ? null : [user];
  const { id, name, kind } = record.application;
  return [
    { id, type: "AppInstance", alternateId: name, displayName: kind, detailEntry: { signOnModeType: "SAML_2_0" } },
    {
      id: `0ua${id.slice(3)}`,
      type: "AppUser",
      alternateId: record.user.email,
      displayName: record.user.name,
      detailEntry: null,
    },
    user,
  ];
}

function legacyType(eventType: string): string {
  const legacy: Readonly<Record<string, string>> = {
    "user.session.start": "core.user_auth.login_success",
    "user.session.end": "core.user_auth.logout_success",
    "user.authentication.sso": "app.auth.sso",
    "user.authentication.auth_via_mfa": "core.user.factor.attempt_success",
    "policy.evaluate_sign_on": "core.user_auth.policy_evaluate",
  };
  return legacy[eventType] ?? `core.${eventType}`;
}

/** A 64-digit value of the kind Okta puts beside a request. */
function debugHash(text: string): string {
  let state = 1_779_033_703;
  let digits = "";
  for (let round = 0; digits.length < 64; round++) {
    state = Math.imul(state ^ (text.charCodeAt(round % text.length) + round * 31), 3_432_918_353) >>> 0;
    digits += state.toString(16).padStart(8, "0");
  }
  return digits;
}
