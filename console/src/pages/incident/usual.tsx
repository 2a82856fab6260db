/** What is usual for whoever did it, beside what happened: the baselines that rules keep. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { entityQuery } from "../../api/queries.ts";
import type { IncidentDetail } from "../../api/types.ts";
import { Head } from "../../frame/states.tsx";
import { Band } from "../../charts/band.tsx";
import { DayBars } from "../../charts/day-bars.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

export function Usual({ incident }: { readonly incident: IncidentDetail }) {
  const name = incident.actors[0];
  const { data: entity } = useQuery({ ...entityQuery("user", name ?? ""), enabled: name !== undefined });
  if (name === undefined || entity === undefined) return null;
  // What a rule of this incident expects before all else, then what has learnt enough to expect anything.
  const rules = new Set(incident.findings.map(({ rule }) => rule));
  const rank = ({ rule, points }: (typeof entity.expected)[number]): number =>
    (rules.has(rule) ? 2 : 0) + (points.some(({ upper }) => upper !== null) ? 1 : 0);
  const shown = entity.expected
    .filter(({ points }) => points.length > 1)
    .toSorted((a, b) => rank(b) - rank(a))
    .slice(0, 1);
  return (
    <div className="cols even">
      <section aria-labelledby="h-usual">
        <Head
          id="h-usual"
          title="Against what is usual"
          note={
            <>
              <Untrusted text={name} form="sentence" />, bytes out a day
            </>
          }
          push={
            <Link to="/entities/$kind" params={{ kind: "user" }} search={{ name }}>
              All that is known
            </Link>
          }
        />
        <DayBars days={entity.days} hot={dayOf(incident.last_time, entity.timezone)} />
      </section>
      {shown.map((series) => (
        <section key={series.rule} aria-labelledby="h-band">
          <Head id="h-band" title="Expected and actual" note={<Untrusted text={series.title} form="sentence" />} />
          <Band series={series} hot={[incident.first_time, incident.last_time]} />
        </section>
      ))}
    </div>
  );
}

function dayOf(ms: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    ms,
  );
}
