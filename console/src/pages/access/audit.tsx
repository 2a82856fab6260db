/** Who did what to the installation: sign-ins, users, tokens, deletions, backups. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { auditQuery, type AuditEntry } from "../../api/access.ts";
import { Failed, Head, Pending } from "../../frame/states.tsx";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { auditCsv } from "./audit-csv.ts";

export function Audit() {
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery(auditQuery);
  const [text, setText] = useState("");
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  const wanted = text.trim().toLowerCase();
  const shown = wanted === "" ? entries : entries.filter((entry) => searched(entry).includes(wanted));
  return (
    <section aria-labelledby="h-audit">
      <Head
        id="h-audit"
        title="Trail"
        note="who did what, latest first"
        push={
          <button className="chip" type="button" disabled={shown.length === 0} onClick={() => save(shown)}>
            CSV of what is shown
          </button>
        }
      />
      <label className="field">
        Filter by person, what was done, address or details
        <input type="search" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {isPending && <Pending rows={5} />}
      {error !== null && <Failed what="Trail not loaded" error={error} retry={() => void refetch()} />}
      {data !== undefined && shown.length === 0 && <p className="dim">Nothing of this kind is loaded.</p>}
      {shown.length > 0 && (
        <div className="hscroll" role="region" tabIndex={0} aria-label="Trail, scrolls sideways">
          <table>
            <caption className="vh">Trail</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">From</th>
                <th scope="col">Details</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((entry) => (
                <tr key={entry.uid}>
                  <td className="nowrap">
                    <Time ms={entry.time} shape="full" />
                  </td>
                  <th scope="row">{entry.kind}</th>
                  <td>
                    <Untrusted text={entry.actor} form="sentence" />
                  </td>
                  <td className="nowrap">
                    {entry.address !== null && <Untrusted text={entry.address} />}
                    <span className="under">
                      <Untrusted text={entry.via} form="sentence" />
                    </span>
                  </td>
                  <td>
                    <Untrusted text={JSON.stringify(entry.details)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <div className="btnrow">
          <button className="btn" type="button" onClick={() => void fetchNextPage()}>
            Load 200 more
          </button>
        </div>
      )}
    </section>
  );
}

function searched({ kind, actor, via, address, details }: AuditEntry): string {
  return [kind, actor, via, address ?? "", JSON.stringify(details)].join("\n").toLowerCase();
}

function save(entries: readonly AuditEntry[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([auditCsv(entries)], { type: "text/csv" }));
  link.download = "audit.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
