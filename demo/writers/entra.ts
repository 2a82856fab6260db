/**
 * Entra ID sign-ins as Microsoft Graph returns them, one a line.
 *
 * @see https://learn.microsoft.com/graph/api/resources/signin
 */

interface EntraRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly id: string;
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly ip: string;
  readonly application: { readonly id: string; readonly name: string };
  readonly userAgent: string;
  readonly os: string;
  readonly browser: string;
  readonly place: {
    readonly city: string;
    readonly state: string;
    readonly countryCode: string;
    readonly latitude: number;
    readonly longitude: number;
  };
  readonly device: string | null;
  /** true where Entra would call the sign-in risky. */
  readonly unusual: boolean;
}

export function entraLine(record: EntraRecord): string {
  return JSON.stringify({
    id: record.id,
    createdDateTime: new Date(record.time).toISOString().replace(/\.\d{3}Z$/, "Z"),
    userDisplayName: record.user.name,
    userPrincipalName: record.user.email,
    userId: record.user.id,
    appId: record.application.id,
    appDisplayName: record.application.name,
    ipAddress: record.ip,
    clientAppUsed: "Browser",
    userAgent: record.userAgent,
    correlationId: record.id,
    conditionalAccessStatus: "success",
    isInteractive: true,
    authenticationRequirement: "multiFactorAuthentication",
    riskLevelDuringSignIn: record.unusual ? "medium" : "none",
    riskState: record.unusual ? "atRisk" : "none",
    resourceDisplayName: record.application.name,
    status: { errorCode: 0, failureReason: "Other.", additionalDetails: "MFA requirement satisfied" },
    deviceDetail: {
      deviceId: "",
      displayName: record.device ?? "",
      operatingSystem: record.os,
      browser: record.browser,
      isCompliant: !record.unusual,
      isManaged: !record.unusual,
    },
    location: {
      city: record.place.city,
      state: record.place.state,
      countryOrRegion: record.place.countryCode,
      geoCoordinates: { latitude: record.place.latitude, longitude: record.place.longitude },
    },
  });
}
