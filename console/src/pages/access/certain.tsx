/** A button for what cannot be taken back: it asks once more, in its place. */
import { useState } from "react";

export interface CertainProps {
  readonly label: string;
  /** What the second button says. */
  readonly question: string;
  readonly onDo: () => void;
}

export function Certain({ label, question, onDo }: CertainProps) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button className="chip" type="button" onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  return (
    <>
      <button
        className="chip"
        type="button"
        onClick={() => {
          setAsking(false);
          onDo();
        }}
      >
        {question}
      </button>{" "}
      {/* Takes the focus: whoever presses enter twice has done nothing. */}
      <button className="chip" type="button" ref={focus} onClick={() => setAsking(false)}>
        No
      </button>
    </>
  );
}

function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}
