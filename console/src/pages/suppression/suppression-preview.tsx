/** What a suppression would hide: counts by severity, and the incidents by their titles. */
import type { SuppressionPreview } from "../../api/suppressions.ts";
import type { Severity } from "../../api/types.ts";
import { SEVERITIES, Steps } from "../../frame/marks.tsx";
import { counted } from "../../text/numbers.ts";
import { Untrusted } from "../../text/untrusted.tsx";

const SHOWN = 5;

export function PreviewFigure({ preview }: { readonly preview: SuppressionPreview }) {
  const { findings, finding_severities, covered_already: already, vanishing, dropping, incidents, confirmed } = preview;
  return (
    <div className="suppression-preview" aria-live="polite">
      <p>
        <b>{findings === 0 ? "Hides nothing that is stored" : `Hides ${counted(findings, "finding")}`}</b>{" "}
        <BySeverity counts={finding_severities} />
        {already > 0 && <span className="dim"> {counted(already, "more is", "more are")} hidden already</span>}
      </p>
      <p>
        <b>{counted(vanishing, "incident")}</b> gone, <b>{dropping}</b> lower{" "}
        <BySeverity counts={preview.vanishing_severities} />
      </p>
      {confirmed > 0 && (
        <p className="flag">{counted(confirmed, "incident was", "incidents were")} confirmed as true: narrow it</p>
      )}
      {incidents.length > 0 && (
        <ul className="plainlist small">
          {incidents
            .slice(0, SHOWN)
            .map(({ uid, title, severity, risk_score: score, new_risk_score: left, effect }) => (
              <li key={uid}>
                <span className="nowrap">
                  <Steps severity={severity} /> {score} {effect === "vanishes" ? "gone" : `→ ${left ?? 0}`}
                </span>{" "}
                <Untrusted text={title} form="sentence" />
              </li>
            ))}
          {incidents.length > SHOWN && <li className="dim">and {incidents.length - SHOWN} more</li>}
        </ul>
      )}
    </div>
  );
}

/** `1 critical, 2 high`; the worst first. */
export function BySeverity({ counts }: { readonly counts: Readonly<Record<Severity, number>> }) {
  const some = SEVERITIES.toReversed().filter((severity) => counts[severity] > 0);
  if (some.length === 0) return null;
  return (
    <span className="dim">
      {some.map((severity, index) => (
        <span key={severity} className="nowrap">
          {index > 0 && ", "}
          <Steps severity={severity} /> {counts[severity]} {severity}
        </span>
      ))}
    </span>
  );
}
