/** Hide what an incident shows from now on: of whom and where to, until when and why, with what that hides before it is done. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type FormEvent } from "react";
import { sessionQuery } from "../../api/queries.ts";
import { previewQuery, suppress, type Scope } from "../../api/suppressions.ts";
import type { Incident } from "../../api/types.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { Failed, Pending } from "../../frame/states.tsx";
import { local } from "../../text/time.tsx";
import { chosenScope, offeredScope, SCOPE_LABELS, SCOPE_NAMES, type ScopeFields, type ScopeName } from "./scope.ts";
import { PreviewFigure } from "./suppression-preview.tsx";
import "../../styles/suppression.css";

const DAY_MS = 86_400_000;
const SPANS = [1, 7, 30, 90, 365] as const;
/** What analysts may decide alone. */
const ANALYST_DAYS = 30;
const TYPING_MS = 300;

export interface SuppressionDialogProps {
  readonly incident: Incident;
  /** @param done false: the viewer thought better of it */
  readonly onClose: (done: boolean) => void;
}

export function SuppressionDialog({ incident, onClose }: SuppressionDialogProps) {
  const client = useQueryClient();
  const role = useQuery(sessionQuery).data?.role ?? "viewer";
  const [opened] = useState(() => Date.now());
  const [fields, setFields] = useState(() => offeredScope(incident));
  const [days, setDays] = useState<number>(ANALYST_DAYS);
  const [reason, setReason] = useState("");
  const [confirmed, setConfirmed] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const reasonInput = useRef<HTMLInputElement>(null);
  useEffect(() => reasonInput.current?.focus(), []);
  const id = useId();
  const until = opened + days * DAY_MS;
  const scope = useSettled(chosenScope(fields));
  const { data: preview, error, isPlaceholderData } = useQuery(previewQuery(scope, until));
  const judged = preview !== undefined && preview.confirmed > 0;
  const settled = JSON.stringify(scope) === JSON.stringify(chosenScope(fields)) && !isPlaceholderData;
  const ready = scope !== null && settled && preview !== undefined && reason.trim() !== "" && (!judged || confirmed);

  const set = (name: ScopeName, change: Partial<ScopeFields[ScopeName]>): void =>
    setFields({ ...fields, [name]: { ...fields[name], ...change } });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready || scope === null || busy) return;
    setBusy(true);
    void suppress(client, { scope, until, reason: reason.trim(), incident: incident.uid, confirmed }).then(
      (problem) => {
        setBusy(false);
        setFailure(problem);
        if (problem === null) onClose(true);
      },
    );
  };
  return (
    <Dialog title="Suppress" onClose={() => onClose(false)}>
      <form onSubmit={submit}>
        <fieldset className="suppression-scope">
          <legend>What must hold, all of it; * is any run of characters, ? any one</legend>
          {SCOPE_NAMES.map((name) => (
            <div key={name}>
              <input
                type="checkbox"
                id={`${id}${name}`}
                checked={fields[name].chosen}
                onChange={(event) => set(name, { chosen: event.target.checked })}
              />
              <label htmlFor={`${id}${name}`}>{SCOPE_LABELS[name]}</label>
              <input
                type="text"
                aria-label={`${SCOPE_LABELS[name]}, pattern`}
                spellCheck={false}
                maxLength={500}
                value={fields[name].pattern}
                onChange={(event) => set(name, { pattern: event.target.value, chosen: event.target.value !== "" })}
              />
            </div>
          ))}
        </fieldset>
        <label className="field">
          Why, for whoever reads it in a year
          <input
            ref={reasonInput}
            type="text"
            required
            value={reason}
            maxLength={2_000}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <label className="field">
          Until
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {SPANS.filter((span) => span <= ANALYST_DAYS || role === "engineer" || role === "admin").map((span) => (
              <option key={span} value={span}>
                {span === 1 ? "tomorrow" : `${span} days`}, {local(opened + span * DAY_MS, "date")}
              </option>
            ))}
          </select>
        </label>
        <div className="suppression-outcome">
          {scope === null ? (
            <p className="dim">Choose at least one.</p>
          ) : error !== null ? (
            <Failed what="Preview not to be had" error={error} />
          ) : preview === undefined ? (
            <Pending rows={3} />
          ) : (
            <PreviewFigure preview={preview} />
          )}
        </div>
        {judged && (
          <label className="suppression-confirm">
            <input type="checkbox" checked={confirmed} onChange={(event) => setConfirmed(event.target.checked)} /> Hide
            the confirmed ones too
          </label>
        )}
        {failure !== null && (
          <p className="figure-note invalid" role="alert">
            {failure}
          </p>
        )}
        <div className="btnrow">
          <button className="btn primary" type="submit" disabled={!ready || busy}>
            Suppress
          </button>
          <button className="btn quiet" type="button" onClick={() => onClose(false)}>
            Cancel
          </button>
        </div>
        <p className="figure-note">
          Nothing is deleted: what is hidden stays stored and is counted. The end raises nothing old. <kbd>u</kbd> takes
          it back.
        </p>
      </form>
    </Dialog>
  );
}

/** The value once it has stood for a while, so that typing does not ask for every letter. */
function useSettled(value: Scope | null): Scope | null {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return JSON.parse(settled) as Scope | null;
}
