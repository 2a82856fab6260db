/** The drawn parts of the design: mark, severity, pips, ticks, hatching. */
import type { Incident, Lane, Severity } from "../api/types.ts";

export const SEVERITIES: readonly Severity[] = ["informational", "low", "medium", "high", "critical"];
export const LANES: readonly Lane[] = ["endpoint", "network", "identity", "repository"];
export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  endpoint: "Endpoint",
  network: "Network",
  identity: "Identity",
  repository: "Repository",
};

/** Symbols that others refer to by `#name`; once a page. */
export function Sprite() {
  return (
    <svg className="sprite" aria-hidden="true" focusable="false">
      <symbol id="gate" viewBox="0 0 18 20">
        <path
          fill="currentColor"
          fillRule="evenodd"
          d="M0 20V8.5C0 3.8 4 0 9 0s9 3.8 9 8.5V20h-5.2V9.2C12.8 7 11.1 5.4 9 5.4S5.2 7 5.2 9.2V20Z"
        />
        <path fill="currentColor" d="M6.8 8.2h1.3v6L7.45 15.4 6.8 14.2ZM9.9 8.2h1.3v6l-0.65 1.2-0.65-1.2Z" />
      </symbol>
      <symbol id="steps" viewBox="0 0 22 12">
        <rect className="b1" x="0" y="8" width="3.5" height="4" />
        <rect className="b2" x="4.5" y="6" width="3.5" height="6" />
        <rect className="b3" x="9" y="4" width="3.5" height="8" />
        <rect className="b4" x="13.5" y="2" width="3.5" height="10" />
        <rect className="b5" x="18" y="0" width="3.5" height="12" />
      </symbol>
      <symbol id="lens" viewBox="0 0 16 16">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 4 4" />
      </symbol>
      <symbol id="met" viewBox="0 0 16 16">
        <path d="m2.5 8.5 3.5 3.5 7.5-8" />
      </symbol>
      <symbol id="unmet" viewBox="0 0 16 16">
        <path d="M3 8h10" />
      </symbol>
      <pattern id="hatch" width="4.25" height="4.25" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
        <rect className="hground" width="4.25" height="4.25" />
        <path className="hpat" d="M0 0V4.25" />
      </pattern>
    </svg>
  );
}

export function Steps({ severity }: { readonly severity: Severity }) {
  return (
    <svg className={`sev sev-${SEVERITIES.indexOf(severity) + 1}`} aria-hidden="true">
      <use href="#steps" />
    </svg>
  );
}

export function titleCase(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export function Risk({ score, severity }: { readonly score: number; readonly severity: Severity }) {
  return (
    <div className={severity === "critical" ? "risk at-5" : "risk"}>
      <b>{score}</b>
      <Steps severity={severity} />
      <span>{severity === "informational" ? "Info" : titleCase(severity)}</span>
    </div>
  );
}

export function SeverityWord({ severity }: { readonly severity: Severity }) {
  return (
    <span className="sevline">
      <Steps severity={severity} /> {severity}
    </span>
  );
}

const SEEN = { seen: "evidence", nothing: "nothing found", "not-visible": "not visible" } as const;
const PIP = { seen: "pip seen", nothing: "pip none", "not-visible": "pip blind" } as const;

export function Pips({ visibility }: { readonly visibility: Incident["visibility"] }) {
  const words = LANES.map((lane) => `${lane} ${SEEN[visibility[lane]]}`).join(", ");
  return (
    <span className="pips" role="img" aria-label={`Seen by: ${words}`} title={words}>
      {LANES.map((lane) => (
        <span key={lane} className={PIP[visibility[lane]]}>
          {visibility[lane] === "not-visible" ? "" : lane.charAt(0).toUpperCase()}
        </span>
      ))}
    </span>
  );
}

export function Tick({ held }: { readonly held: boolean }) {
  return (
    <svg aria-hidden="true">
      <use href={held ? "#met" : "#unmet"} />
    </svg>
  );
}

/** A share that is visible, the rest hatched. */
export function Meter({ value, blind = true }: { readonly value: number; readonly blind?: boolean }) {
  return (
    <svg className="meter" viewBox="0 0 96 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className={blind ? undefined : "trk"} fill={blind ? "url(#hatch)" : undefined} width="96" height="8" />
      <rect className="val" width={96 * value} height="8" />
    </svg>
  );
}
