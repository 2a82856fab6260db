/** API tokens: made, with the secret shown this once, and revoked. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { createToken, revokeToken, ROLES, tokensQuery, type Role, type Token } from "../../api/access.ts";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { Dialog } from "../../frame/dialog.tsx";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { Certain } from "./certain.tsx";

const SPANS = [7, 30, 90, 365] as const;

export function Tokens() {
  const client = useQueryClient();
  const { data: tokens, error, isPending, refetch } = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <section aria-labelledby="h-tokens">
      <Head
        id="h-tokens"
        title="API tokens"
        note="valid ones, oldest first"
        push={
          <button className="chip" type="button" onClick={() => setMaking(true)}>
            Make a token
          </button>
        }
      />
      {isPending && <Pending rows={3} />}
      {error !== null && <Failed what="Tokens not loaded" error={error} retry={() => void refetch()} />}
      {tokens?.length === 0 && <Empty title="There are no tokens">{null}</Empty>}
      {tokens !== undefined && tokens.length > 0 && (
        <div className="hscroll" role="region" tabIndex={0} aria-label="API tokens, scrolls sideways">
          <table>
            <caption className="vh">API tokens</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">From</th>
                <th scope="col">Made</th>
                <th scope="col">Expires</th>
                <th scope="col">
                  <span className="vh">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tokens.map((token) => (
                <tr key={token.id}>
                  <th scope="row">
                    <Untrusted text={token.name} form="sentence" />
                    <span className="under">{token.id}</span>
                  </th>
                  <td>{token.role}</td>
                  <td>{token.addresses.length === 0 ? "anywhere" : token.addresses.join(", ")}</td>
                  <td className="nowrap">
                    <Time ms={token.created} shape="full" />
                    {token.created_by !== "" && (
                      <span className="under">
                        by <Untrusted text={token.created_by} form="sentence" />
                      </span>
                    )}
                  </td>
                  <td className="nowrap">
                    {token.expires === null ? "never" : <Time ms={token.expires} shape="full" />}
                  </td>
                  <td className="nowrap">
                    <Certain
                      label="Revoke"
                      question={`Revoke ${token.name} for good`}
                      onDo={() => void revokeToken(client, token)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <TokenDialog onClose={() => setMaking(false)} />}
    </section>
  );
}

function TokenDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const [made, setMade] = useState<(Token & { secret: string }) | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy || name.trim() === "") return;
    setBusy(true);
    createToken(client, { name: name.trim(), role, expires_in_days: days === "" ? null : Number(days) })
      .then(setMade, (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  if (made !== null)
    return (
      <Dialog title="Token made" onClose={onClose}>
        <p role="status">It is shown this once. Keep it where nobody else reads it.</p>
        <p>
          <code>{made.secret}</code>
        </p>
        <div className="btnrow">
          <button className="btn" type="button" onClick={() => void navigator.clipboard.writeText(made.secret)}>
            Copy
          </button>
          <button className="btn" type="button" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <form onSubmit={submit}>
        <label className="field">
          What it is for
          <input type="text" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className="field">
          Role
          <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {ROLES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label className="field">
          Expires
          <select value={days} onChange={(event) => setDays(event.target.value)}>
            {SPANS.map((span) => (
              <option key={span} value={span}>
                in {span} days
              </option>
            ))}
            <option value="">never</option>
          </select>
        </label>
        {failure !== null && <p role="alert">{failure}</p>}
        <div className="btnrow">
          <button className="btn" type="submit" disabled={busy || name.trim() === ""}>
            Make
          </button>
          <button className="btn" type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
