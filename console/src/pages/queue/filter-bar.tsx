import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { countsQuery } from "../../api/queries.ts";
import { SEVERITIES } from "../../frame/marks.tsx";
import { one, type SearchParams } from "../../search-params.ts";

const TYPING_MS = 200;

export interface FilterBarProps {
  readonly search: SearchParams;
  /** It was asked for, not just there because the address filters. */
  readonly focus: boolean;
  readonly onClose: () => void;
}

/** Narrows the queue; every choice is in the address. */
export function FilterBar({ search, focus, onClose }: FilterBarProps) {
  const navigate = useNavigate();
  const counts = useQuery(countsQuery({})).data;
  const [text, setText] = useState(one(search.text));
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus) input.current?.focus();
  }, [focus]);
  const set = (name: string, value: string): void => {
    void navigate({ to: "/", search: { ...search, [name]: value === "" ? undefined : value }, replace: true });
  };
  useEffect(() => {
    if (text === one(search.text)) return;
    const timer = setTimeout(() => set("text", text), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter the queue"
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label="Words in the title, a reason or a name"
        placeholder="Words in title, reason or name"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        aria-label="Severity"
        value={one(search.severity)}
        onChange={(event) => set("severity", event.target.value)}
      >
        <option value="">Any severity</option>
        {SEVERITIES.toReversed().map((severity) => (
          <option key={severity} value={severity}>
            {severity} ({counts?.severities[severity] ?? 0})
          </option>
        ))}
      </select>
      <select
        aria-label="Behaviour"
        value={one(search.behaviour)}
        onChange={(event) => set("behaviour", event.target.value)}
      >
        <option value="">Any behaviour</option>
        {Object.entries(counts?.behaviours ?? {})
          .toSorted(([, a], [, b]) => b - a)
          .map(([behaviour, number]) => (
            <option key={behaviour} value={behaviour}>
              {behaviour} ({number})
            </option>
          ))}
      </select>
      <button
        className="btn quiet"
        type="button"
        onClick={() => {
          setText("");
          onClose();
          void navigate({ to: "/", search: { view: search.view }, replace: true });
        }}
      >
        Clear
      </button>
    </form>
  );
}
