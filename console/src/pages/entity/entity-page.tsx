/** One person, host, address, token or destination: when, how much, where to, with what; its incidents. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { DISPOSITIONS } from "../../api/actions.ts";
import { entityQuery, policyQuery } from "../../api/queries.ts";
import type { EntityDetail, EntityKind } from "../../api/types.ts";
import { Band } from "../../charts/band.tsx";
import { DayBars } from "../../charts/day-bars.tsx";
import { HourOfWeek } from "../../charts/hour-of-week.tsx";
import { Foot } from "../../frame/keys-dialog.tsx";
import { SeverityWord, Steps, titleCase } from "../../frame/marks.tsx";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { one } from "../../search-params.ts";
import { bytes, count, counted } from "../../text/numbers.ts";
import { spelledText } from "../../text/spell-out.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { KINDS } from "./entities-page.tsx";

const FIELDS: Readonly<Record<EntityKind, string>> = {
  user: "context.actor",
  host: "context.host.name",
  address: "src_endpoint.ip",
  token: "",
  destination: "context.destination.name",
};

export function EntityPage() {
  const { kind: given } = useParams({ from: "/entities/$kind" });
  const kind: EntityKind = Object.hasOwn(KINDS, given) ? (given as EntityKind) : "user";
  const name = one(useSearch({ from: "/entities/$kind" }).name);
  const { data: entity, error, isPending, refetch } = useQuery(entityQuery(kind, name));
  useTitle(spelledText(name));
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="crumbs">
          <Link to="/entities">Entities</Link>
          <span aria-hidden="true">/</span>
          <Link to="/entities" search={{ kind }}>
            {KINDS[kind]}
          </Link>
          <span aria-hidden="true">/</span>
          <Untrusted text={name} form="host" />
          <span className="push">
            <Link
              to="/search"
              search={{ q: FIELDS[kind] === "" || FIELDS[kind] === "context.actor" ? name : `${FIELDS[kind]}:${name}` }}
            >
              {entity === undefined ? "Events" : `All ${counted(entity.events, "event")}`}
            </Link>
          </span>
        </div>
        {entity === undefined ? (
          <>
            <header className="story">
              <h1>
                <Untrusted text={name} form="host" />
              </h1>
            </header>
            {isPending ? <Pending rows={8} /> : <Failed what="Not loaded" error={error} retry={() => void refetch()} />}
          </>
        ) : (
          <Shown entity={entity} />
        )}
      </main>
      <Foot>Times in {entity?.timezone ?? "your zone"}</Foot>
    </>
  );
}

function Shown({ entity }: { readonly entity: EntityDetail }) {
  const work = useQuery(policyQuery).data?.work_hours ?? null;
  const worst = entity.incidents.toSorted((a, b) => b.risk_score - a.risk_score)[0];
  const bands = entity.expected.filter(({ points }) => points.some(({ upper }) => upper !== null));
  const learning = entity.expected.length - bands.length;
  return (
    <>
      <header className="story">
        <div>
          <h1>
            <Untrusted text={entity.name} form="host" /> {sentence(entity)}
          </h1>
          <p className="meta">
            <span>{counted(entity.incidents.length, "incident")}</span>
            {entity.first_time !== null && (
              <span>
                seen since <Time ms={entity.first_time} />
              </span>
            )}
            {entity.last_time !== null && (
              <span>
                last <Time ms={entity.last_time} />
              </span>
            )}
            {work !== null && entity.timezone !== work.timezone && <span>work hours are those of {work.timezone}</span>}
          </p>
        </div>
        {worst !== undefined && (
          <div className="score">
            <b>{worst.risk_score}</b>
            <Steps severity={worst.severity} />
            <span>
              {titleCase(worst.severity)},{" "}
              <Link to="/incidents/$uid" params={{ uid: worst.uid }}>
                {worst.state}
              </Link>
            </span>
          </div>
        )}
      </header>
      <div className="cols even">
        <section aria-labelledby="h-heat">
          <Head id="h-heat" title="When" note={`events by hour of the week, ${entity.timezone}`} />
          <HourOfWeek
            hours={entity.hour_of_week}
            work={work !== null && work.timezone === entity.timezone ? work : null}
            pins={entity.incidents.map(({ last_time: last }) => hourOfWeek(last, entity.timezone))}
          />
          <p className="figure-note">
            {work !== null &&
              work.timezone === entity.timezone &&
              `Outlined: work hours of the policy, ${work.from} to ${work.to}. `}
            {entity.incidents.length > 0 && "Boxed: hours of its incidents."}
          </p>
        </section>
        <section aria-labelledby="h-band">
          <Head id="h-band" title="How much" note="bytes out a day, as logs tell them" />
          <DayBars days={entity.days} {...hotDay(entity)} />
        </section>
      </div>
      {bands.length > 0 && (
        <div className="cols even">
          {bands.slice(0, 4).map((series) => (
            <section key={`${series.rule}${series.group.join(" ")}`} aria-label={spelledText(series.title)}>
              <Head
                id={`b-${series.rule}-${series.group.length}`}
                title="Expected and actual"
                note={
                  <>
                    <Untrusted text={series.title} form="sentence" />:{" "}
                    <Untrusted text={series.group.slice(1).join(", ")} form="sentence" />
                  </>
                }
              />
              <Band series={series} />
            </section>
          ))}
        </div>
      )}
      {learning > 0 && (
        <p className="figure-note">
          <span className="swatch-blind" aria-hidden="true" /> {counted(learning, "baseline")} still learning: too few
          periods are known to expect anything.
        </p>
      )}
      <Destinations entity={entity} />
      <div className="cols even">
        <Related entity={entity} />
        <Incidents entity={entity} />
      </div>
    </>
  );
}

/** What is usual and what was not, in words. */
function sentence({ days, destinations, incidents, kind }: EntityDetail): string {
  const told = days.flatMap(({ bytes_out: out }) => (out === null ? [] : [out])).toSorted((a, b) => a - b);
  const usual = told[Math.floor(told.length / 2)];
  const most = told.at(-1);
  const foreign = destinations.filter(({ verdict }) => verdict === "unsanctioned").length;
  const verb = kind === "destination" ? "receives" : "sends";
  const parts = [
    usual === undefined || most === undefined
      ? `was named on ${counted(days.length, "day")}`
      : `${verb} about ${bytes(usual)} a day`,
    ...(usual !== undefined && most !== undefined && most > 8 * Math.max(1, usual) ? [`${bytes(most)} on one`] : []),
  ];
  const tail =
    foreign > 0 && incidents.length > 0 ? `; ${counted(foreign, "destination")} policy does not sanction` : "";
  return `${parts.join(", ")}${tail}`;
}

function hourOfWeek(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    hourCycle: "h23",
  }).formatToParts(ms);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return (
    Math.max(0, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(part("weekday"))) * 24 + Number(part("hour"))
  );
}

function hotDay({ incidents, timezone }: EntityDetail): { hot?: string } {
  const first = incidents[0];
  if (first === undefined) return {};
  return {
    hot: new Intl.DateTimeFormat("en-CA", {
      timeZone: timezone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    }).format(first.last_time),
  };
}

function Destinations({ entity: { destinations } }: { readonly entity: EntityDetail }) {
  if (destinations.length === 0) return null;
  return (
    <section aria-labelledby="h-dest">
      <Head id="h-dest" title="Where to" note="code hosts and repositories that its events name" />
      <div className="hscroll" role="region" tabIndex={0} aria-label="Destinations, scrolls sideways">
        <table>
          <caption className="vh">Destinations</caption>
          <thead>
            <tr>
              <th scope="col">Destination</th>
              <th scope="col">Policy</th>
              <th scope="col">By</th>
              <th scope="col" className="num">
                Out
              </th>
              <th scope="col" className="num">
                Events
              </th>
              <th scope="col">First seen</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {destinations.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <Link
                    className="plain"
                    to="/entities/$kind"
                    params={{ kind: "destination" }}
                    search={{ name: row.name }}
                  >
                    <Untrusted text={row.name} form="host" />
                  </Link>
                </th>
                <td className={row.verdict === "unsanctioned" ? "strong" : "dim"}>{row.verdict}</td>
                <td>{row.operations.join(", ")}</td>
                <td className={row.bytes_out === null ? "num dim" : "num"}>{bytes(row.bytes_out)}</td>
                <td className="num">{count(row.events)}</td>
                <td className="nowrap">
                  <Time ms={row.first_time} />
                </td>
                <td className="nowrap">
                  <Time ms={row.last_time} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const RELATED: readonly { key: keyof EntityDetail["related"]; title: string; kind: EntityKind | null }[] = [
  { key: "users", title: "People and accounts", kind: "user" },
  { key: "hosts", title: "Hosts", kind: "host" },
  { key: "addresses", title: "Addresses", kind: "address" },
  { key: "tokens", title: "Tokens", kind: "token" },
  { key: "sources", title: "Told by", kind: null },
];

function Related({ entity: { related } }: { readonly entity: EntityDetail }) {
  return (
    <section aria-labelledby="h-with">
      <Head id="h-with" title="With what" note="named in the same events" />
      <table>
        <caption className="vh">What is named in the same events</caption>
        <tbody>
          {RELATED.flatMap(({ key, title, kind }) =>
            related[key].slice(0, 6).map(({ name, events, last_time: last }, index) => (
              <tr key={`${key}${name}`}>
                <th scope="row" className="dim nowrap">
                  {index === 0 ? title : <span className="vh">{title}</span>}
                </th>
                <td>
                  {kind === null ? (
                    name
                  ) : (
                    <Link to="/entities/$kind" params={{ kind }} search={{ name }}>
                      <Untrusted text={name} form={kind === "token" ? "name" : "host"} />
                    </Link>
                  )}
                </td>
                <td className="num">{count(events)}</td>
                <td className="nowrap">
                  <Time ms={last} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}

function Incidents({ entity: { incidents } }: { readonly entity: EntityDetail }) {
  return (
    <section aria-labelledby="h-inc">
      <Head id="h-inc" title="Incidents" />
      {incidents.length === 0 && <p className="dim">It is part of none.</p>}
      {incidents.length > 0 && (
        <table>
          <caption className="vh">Incidents it is part of</caption>
          <tbody>
            {incidents.map(({ uid, title, severity, last_time: last, state, disposition }) => (
              <tr key={uid}>
                <td className="nowrap">
                  <SeverityWord severity={severity} />
                </td>
                <th scope="row">
                  <Link to="/incidents/$uid" params={{ uid }}>
                    <Untrusted text={title} form="sentence" />
                  </Link>
                </th>
                <td className="nowrap">
                  <Time ms={last} />
                </td>
                <td className="nowrap">{disposition === null ? state : DISPOSITIONS[disposition].toLowerCase()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
