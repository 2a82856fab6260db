/** The sanctioned world, and what this week's traffic uses that policy does not name. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { policyQuery } from "../../api/queries.ts";
import type { Policy } from "../../api/types.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { bytes, count, counted } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

export function PolicyPage() {
  useTitle("Policy");
  const { data: policy, error, isPending, refetch } = useQuery(policyQuery);
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>{policy === undefined ? "Policy" : sentence(policy)}</h1>
          <p>of the last seven days</p>
        </div>
        {isPending && <Pending rows={10} />}
        {error !== null && <Failed what="Policy not loaded" error={error} retry={() => void refetch()} />}
        {policy?.configured === false && (
          <Empty title="There is no policy yet">
            <p>
              Without one, nothing is sanctioned and nothing is not: every destination is <b>unknown</b>. Write which
              repositories are yours in <code>policy.yaml</code> and name it with <code>--policy</code>;{" "}
              <code>docs/policy.md</code> has the keys.
            </p>
          </Empty>
        )}
        {policy !== undefined && (
          <div className="cols">
            <div>
              <Destinations policy={policy} />
              <Machines
                id="h-hosts"
                title="Machines without a role"
                note="spoke to code hosts; policy has no pattern for their name"
                kind="host"
                rows={policy.unnamed.hosts}
                none="Every machine that spoke to a code host has a role."
              />
              <Machines
                id="h-addresses"
                title="Addresses nobody knows"
                note="spoke to code hosts; no log and no inventory names their machine"
                kind="address"
                rows={policy.unnamed.addresses}
                none="Every address that spoke to a code host belongs to a machine that is known."
              />
            </div>
            <aside>
              <Sanctioned policy={policy} />
            </aside>
          </div>
        )}
      </main>
      <Foot>Policy is a file: change it there, and in git</Foot>
    </>
  );
}

function sentence({ unnamed }: Policy): string {
  const places = unnamed.destinations.length;
  const hosts = unnamed.hosts.length + unnamed.addresses.length;
  if (places === 0 && hosts === 0) return "Policy names everything that is in use";
  const what = [
    ...(places > 0 ? [counted(places, "destination")] : []),
    ...(hosts > 0 ? [counted(hosts, "machine")] : []),
  ];
  return `${what.join(" and ")} in use that policy does not name`;
}

function Destinations({ policy: { unnamed } }: { readonly policy: Policy }) {
  return (
    <section aria-labelledby="h-un">
      <Head id="h-un" title="In use, not sanctioned" note="by events" />
      {unnamed.destinations.length === 0 ? (
        <p className="dim">Nothing went to a code host that policy does not sanction.</p>
      ) : (
        <div className="hscroll" role="region" tabIndex={0} aria-label="Destinations in use, scrolls sideways">
          <table>
            <caption className="vh">Destinations in use that policy does not sanction</caption>
            <thead>
              <tr>
                <th scope="col">Destination</th>
                <th scope="col">Verdict</th>
                <th scope="col" className="num">
                  People
                </th>
                <th scope="col" className="num">
                  Events
                </th>
                <th scope="col" className="num">
                  Out
                </th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {unnamed.destinations.map(({ name, verdict, actors, events, bytes_out: out, last_time: last }) => (
                <tr key={name}>
                  <th scope="row">
                    <Link className="plain" to="/entities/$kind" params={{ kind: "destination" }} search={{ name }}>
                      <Untrusted text={name} form="host" />
                    </Link>
                  </th>
                  <td className={verdict === "unsanctioned" ? "strong" : "dim"}>{verdict}</td>
                  <td className="num">{count(actors)}</td>
                  <td className="num">{count(events)}</td>
                  <td className={out === null ? "num dim" : "num"}>{bytes(out)}</td>
                  <td className="nowrap">
                    <Time ms={last} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Machines({
  id,
  title,
  note,
  kind,
  rows,
  none,
}: {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly kind: "host" | "address";
  readonly rows: Policy["unnamed"]["hosts"];
  readonly none: string;
}) {
  return (
    <section aria-labelledby={id}>
      <Head id={id} title={title} note={note} />
      {rows.length === 0 ? (
        <p className="dim">{none}</p>
      ) : (
        <div className="hscroll" role="region" tabIndex={0} aria-label={`${title}, scrolls sideways`}>
          <table>
            <caption className="vh">{title}</caption>
            <tbody>
              {rows.map(({ name, events, last_time: last }) => (
                <tr key={name}>
                  <th scope="row">
                    <Link className="plain" to="/entities/$kind" params={{ kind }} search={{ name }}>
                      <Untrusted text={name} form="host" />
                    </Link>
                  </th>
                  <td className="num">{counted(events, "event")}</td>
                  <td className="nowrap">
                    <Time ms={last} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const SILENT = "policy is silent";

function Sanctioned({ policy }: { readonly policy: Policy }) {
  const { sanctioned, work_hours: work } = policy;
  const lists: readonly (readonly [string, readonly string[] | null])[] = [
    ["Code hosts allowed", policy.code_hosts],
    ["Repositories", sanctioned.repositories],
    ["People", sanctioned.users],
    ["Service accounts", sanctioned.service_accounts],
    ["Machines", sanctioned.hosts?.map(({ match, role }) => (role === null ? match : `${match} (${role})`)) ?? null],
    ["Addresses", sanctioned.addresses],
    ["Monitored applications", policy.monitored_applications],
    ["Sensitive paths", policy.sensitive_paths],
  ];
  return (
    <section aria-labelledby="h-ours">
      <Head
        id="h-ours"
        title="What is sanctioned"
        note={policy.organization === null ? undefined : <Untrusted text={policy.organization} form="sentence" />}
      />
      <dl className="facts sanctioned">
        {lists.map(([title, values]) => (
          <div className="fact" key={title}>
            <dt>{title}</dt>
            <dd>
              {values === null || values.length === 0 ? (
                <span className="dim">{SILENT}</span>
              ) : (
                <ul>
                  {values.map((value) => (
                    <li key={value}>
                      <Untrusted text={value} />
                    </li>
                  ))}
                </ul>
              )}
            </dd>
          </div>
        ))}
        <dt>Work hours</dt>
        <dd>{work === null ? SILENT : `${work.days.join(", ")} ${work.from} to ${work.to}, ${work.timezone}`}</dd>
        <dt>Volume threshold</dt>
        <dd>{policy.exfil_volume_threshold === null ? SILENT : bytes(policy.exfil_volume_threshold)}</dd>
        <dt>Datastore threshold</dt>
        <dd>{policy.datastore_transfer_threshold === null ? SILENT : bytes(policy.datastore_transfer_threshold)}</dd>
        <dt>Known</dt>
        <dd>
          {counted(policy.people, "person", "people")}, {counted(policy.inventory, "machine")}
        </dd>
      </dl>
    </section>
  );
}
