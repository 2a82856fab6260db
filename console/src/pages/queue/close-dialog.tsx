import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { close, DISPOSITION_CODES, DISPOSITIONS } from "../../api/actions.ts";
import type { Disposition, Incident } from "../../api/types.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { counted } from "../../text/numbers.ts";
import { Untrusted } from "../../text/untrusted.tsx";

export interface CloseDialogProps {
  readonly incidents: readonly Incident[];
  /** @param done false: the viewer thought better of it */
  readonly onClose: (done: boolean) => void;
}

/** Six reasons, chosen by their number; the choice closes. */
export function CloseDialog({ incidents, onClose }: CloseDialogProps) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  const choose = (disposition: Disposition): void => {
    onClose(true);
    void close(client, incidents, disposition, text);
  };
  const single = incidents.length === 1 ? incidents[0] : undefined;
  const rules = new Set(incidents.flatMap(({ findings }) => findings.map(({ rule }) => rule))).size;
  return (
    <Dialog
      title={
        single === undefined ? (
          `Close ${counted(incidents.length, "incident")}`
        ) : (
          <>
            Close {single.risk_score}, <Untrusted text={single.title} form="sentence" />
          </>
        )
      }
      onClose={() => onClose(false)}
    >
      <ol
        className="choices"
        onKeyDown={(event) => {
          const chosen = DISPOSITION_CODES[Number(event.key) - 1];
          if (chosen !== undefined) choose(chosen);
        }}
      >
        {DISPOSITION_CODES.map((code, index) => (
          <li key={code}>
            <button
              ref={index === 0 ? first : undefined}
              className="btn quiet"
              type="button"
              onClick={() => choose(code)}
            >
              <kbd>{index + 1}</kbd> {DISPOSITIONS[code]}
            </button>
          </li>
        ))}
      </ol>
      <label className="field">
        Note, kept with the incident; write it first
        <input
          type="text"
          value={text}
          maxLength={10_000}
          onChange={(event) => setText(event.target.value)}
          placeholder="optional"
        />
      </label>
      <p className="figure-note">
        Counts towards the precision of {counted(rules, "rule")}. <kbd>u</kbd> takes it back.
      </p>
    </Dialog>
  );
}
