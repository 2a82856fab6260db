/**
 * Everything that a log, a repository or a user wrote is shown through this component and by text nodes only: control, bidi and
 * zero-width characters are spelled out, one value cannot turn the next around, nothing becomes a link.
 */
import { Fragment, memo, useState, type ReactNode } from "react";
import { bytes } from "./numbers.ts";
import { readHostName } from "./host-name.ts";
import { spellOut } from "./spell-out.ts";

export interface UntrustedProps {
  readonly text: string;
  /** `name`: monospaced; `sentence`: in the face around it; `host`: as `sentence`, the part before `/` a host. */
  readonly form?: "name" | "sentence" | "host";
  /** Whole however long, for lines as received. */
  readonly whole?: boolean;
}

const SHOWN = 512;

export const Untrusted = memo(function Untrusted({ text, form = "name", whole = false }: UntrustedProps) {
  const [open, setOpen] = useState(false);
  const cut = !whole && !open && text.length > SHOWN;
  const className = form === "name" ? "u" : "u said";
  return (
    <span className={className}>
      {form === "host" ? (
        <Host text={cut ? text.slice(0, SHOWN) : text} />
      ) : (
        <Spelled text={cut ? text.slice(0, SHOWN) : text} />
      )}
      {cut && (
        <button type="button" className="chip" onClick={() => setOpen(true)}>
          … show all ({bytes(text.length)})
        </button>
      )}
    </span>
  );
});

/** A text of many lines, such as a file: each line spelled out, the lines kept. */
export function Lines({ text }: { readonly text: string }): ReactNode {
  return text.split("\n").map((line, index) => (
    <Fragment key={index}>
      {index > 0 && "\n"}
      <Spelled text={line} />
    </Fragment>
  ));
}

/** Pieces of text, those spelled out marked. */
export function Spelled({ text }: { readonly text: string }): ReactNode {
  return spellOut(text).map((piece, index) =>
    piece.spelled ? (
      <span key={index} className="c">
        {piece.text}
      </span>
    ) : (
      <Fragment key={index}>{piece.text}</Fragment>
    ),
  );
}

function Host({ text }: { readonly text: string }): ReactNode {
  const slash = text.indexOf("/");
  const [first, rest] = slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash)];
  const host = readHostName(first);
  if (host === null || (!host.mixed && host.ascii === first)) return <Spelled text={text} />;
  return (
    <>
      <Spelled text={host.ascii} />
      <Spelled text={rest} />
      {host.mixed && <span className="flag">look-alike host</span>}
    </>
  );
}
