import { Fragment, type ReactNode } from "react";
import { Dialog } from "./dialog.tsx";
import { useBindings } from "./keys.ts";

/** All keys that do something on this page. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const groups = useBindings();
  return (
    <Dialog title="Keys of this page" onClose={onClose}>
      <div className="keylists">
        {groups.toReversed().map(({ title, bindings }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl className="facts">
              {bindings.map(({ keys, label }) => (
                <Fragment key={keys}>
                  <dt>
                    <Keys keys={keys} />
                  </dt>
                  <dd>{label}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="figure-note">Single keys are off while you type, and for good under View.</p>
      <div className="btnrow">
        <button className="btn" type="button" onClick={onClose}>
          Close <kbd>esc</kbd>
        </button>
      </div>
    </Dialog>
  );
}

/** `g i` as two keys. */
export function Keys({ keys }: { readonly keys: string }) {
  return keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>);
}

/** The keys of a page at its foot. */
export function Foot({ children, extra }: { readonly children?: ReactNode; readonly extra?: ReactNode }) {
  const shown = useBindings()
    .flatMap(({ bindings }) => bindings)
    .filter(({ foot }) => foot === true);
  return (
    <footer className="foot">
      <ul className="keys" aria-label="Keyboard">
        {shown.map(({ keys, with: other, label }) => (
          <li key={keys}>
            <Keys keys={keys} />
            {other !== undefined && <Keys keys={other} />}
            {label}
          </li>
        ))}
        {extra}
        <li>
          <kbd>?</kbd>all keys
        </li>
      </ul>
      {children !== undefined && <span className="push">{children}</span>}
    </footer>
  );
}
