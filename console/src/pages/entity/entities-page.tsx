/** Who and what there is: people, hosts, addresses, tokens, destinations, the busiest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { address } from "../../api/client.ts";
import { entitiesQuery } from "../../api/queries.ts";
import type { EntityKind } from "../../api/types.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { one } from "../../search-params.ts";
import { bytes, count, counted } from "../../text/numbers.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";

export const KINDS: Readonly<Record<EntityKind, string>> = {
  user: "People and accounts",
  host: "Hosts",
  address: "Addresses",
  token: "Tokens",
  destination: "Destinations",
};
const TYPING_MS = 200;

export function EntitiesPage() {
  const search = useSearch({ from: "/entities" });
  const navigate = useNavigate();
  const kind: EntityKind = Object.hasOwn(KINDS, one(search.kind)) ? (one(search.kind) as EntityKind) : "user";
  const text = one(search.text);
  const [typed, setTyped] = useState(text);
  const entities = useInfiniteQuery(entitiesQuery(kind, text));
  const rows = entities.data?.pages.flatMap(({ items }) => items) ?? [];
  useTitle(KINDS[kind]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(
      () => void navigate({ to: "/entities", search: { kind, text: typed }, replace: true }),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [kind, navigate, text, typed]);
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>
            {rows.length === 0
              ? KINDS[kind]
              : `${counted(rows.length, "name")}${entities.hasNextPage ? " and more" : ""} in the logs`}
          </h1>
          <p>as logs call them, the busiest first</p>
        </div>
        <nav className="tabs" aria-label="Kinds">
          {Object.entries(KINDS).map(([id, label]) => (
            <Link key={id} to="/entities" search={{ kind: id }} aria-current={id === kind ? "page" : undefined}>
              {label}
            </Link>
          ))}
          <span className="push">
            <input
              type="search"
              aria-label="Part of the name"
              placeholder="Part of the name"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <a
              className="chip"
              href={address(`/api/v1/entities/${kind}.csv`, { text: text === "" ? undefined : text })}
              download
            >
              CSV
            </a>
          </span>
        </nav>
        {entities.isPending && <Pending rows={10} />}
        {entities.isError && <Failed what="Not loaded" error={entities.error} retry={() => void entities.refetch()} />}
        {entities.isSuccess && rows.length === 0 && (
          <Empty title={text === "" ? "No event names one" : "No name is like that"}>
            <p>
              {text === ""
                ? "None of the sources tells of them."
                : "Names are looked for as they stand in logs; case does not count."}
            </p>
          </Empty>
        )}
        {rows.length > 0 && (
          <div className="hscroll" role="region" tabIndex={0} aria-label={`${KINDS[kind]}, scrolls sideways`}>
            <table>
              <caption className="vh">{KINDS[kind]}, the busiest first</caption>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" className="num" aria-sort="descending">
                    Events
                  </th>
                  <th scope="col" className="num">
                    Out
                  </th>
                  <th scope="col">First seen</th>
                  <th scope="col">Last seen</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ name, events, bytes_out: out, first_time: first, last_time: last }) => (
                  <tr key={name}>
                    <th scope="row">
                      <Link to="/entities/$kind" params={{ kind }} search={{ name }}>
                        <Untrusted text={name} form={kind === "token" ? "name" : "host"} />
                      </Link>
                    </th>
                    <td className="num">{count(events)}</td>
                    <td className={out === null ? "num dim" : "num"}>{bytes(out)}</td>
                    <td className="nowrap">
                      <Time ms={first} />
                    </td>
                    <td className="nowrap">
                      <Time ms={last} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {entities.hasNextPage && (
          <div className="btnrow">
            <button
              className="btn"
              type="button"
              aria-busy={entities.isFetchingNextPage}
              onClick={() => void entities.fetchNextPage()}
            >
              Show 100 more
            </button>
          </div>
        )}
      </main>
      <Foot />
    </>
  );
}
