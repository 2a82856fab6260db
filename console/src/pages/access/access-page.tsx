/** Who may do what here, by password or token, and who did what to the installation. For admins. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeUser, ROLES, signOutEverywhere, usersQuery, type Role, type User } from "../../api/access.ts";
import { sessionQuery } from "../../api/queries.ts";
import { Foot } from "../../frame/keys-dialog.tsx";
import { Empty, Failed, Head, Pending } from "../../frame/states.tsx";
import { useTitle } from "../../frame/title.ts";
import { Time } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { Audit } from "./audit.tsx";
import { Certain } from "./certain.tsx";
import { Tokens } from "./tokens.tsx";

export function AccessPage() {
  useTitle("Access");
  const session = useQuery(sessionQuery).data;
  return (
    <>
      <main id="main" tabIndex={-1}>
        <div className="pagehead">
          <h1>Access</h1>
          <p>who may do what here, and who did</p>
        </div>
        {session === undefined && <Pending rows={4} />}
        {session !== undefined && session.role !== "admin" && (
          <Empty title="This is for admins">
            <p>You are signed in as {session.role}. Whoever runs Sallyport can give you the role.</p>
          </Empty>
        )}
        {session?.role === "admin" && (
          <>
            <Users />
            <Tokens />
            <section aria-labelledby="h-sessions">
              <Head id="h-sessions" title="Your sessions" note="in this and every other browser" />
              <p>
                <Certain
                  label="Sign out everywhere"
                  question="End all of them, this one too"
                  onDo={() => void signOutEverywhere()}
                />
              </p>
            </section>
            <Audit />
          </>
        )}
      </main>
      <Foot>Changing a user's role, or disabling them, ends their sessions.</Foot>
    </>
  );
}

function Users() {
  const { data: users, error, isPending, refetch } = useQuery(usersQuery);
  return (
    <section aria-labelledby="h-users">
      <Head id="h-users" title="Users" note="who sign in with a password; those of a provider are not listed" />
      {isPending && <Pending rows={3} />}
      {error !== null && <Failed what="Users not loaded" error={error} retry={() => void refetch()} />}
      {users?.length === 0 && (
        <Empty title="There are no users">
          <p>
            Make one with <code>sallyport user add NAME --role ROLE</code>.
          </p>
        </Empty>
      )}
      {users !== undefined && users.length > 0 && (
        <div className="hscroll" role="region" tabIndex={0} aria-label="Users, scrolls sideways">
          <table>
            <caption className="vh">Users</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Since</th>
                <th scope="col">Password since</th>
                <th scope="col">
                  <span className="vh">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {users.map((user) => (
                <UserRow key={user.name} user={user} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function UserRow({ user }: { readonly user: User }) {
  const client = useQueryClient();
  const { name, role, disabled, created, password_changed: changed } = user;
  // Chosen, not done: arrow keys pass by roles that nobody means.
  const [chosen, setChosen] = useState<Role | null>(null);
  return (
    <tr>
      <th scope="row">
        <Untrusted text={name} form="sentence" />
        {disabled && <span className="under">disabled</span>}
      </th>
      <td>
        <select
          aria-label={`Role of ${name}`}
          value={chosen ?? role}
          onChange={(event) => setChosen(event.target.value as Role)}
        >
          {ROLES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>{" "}
        {chosen !== null && chosen !== role && (
          <button
            className="chip"
            type="button"
            onClick={() => void changeUser(client, user, { role: chosen }).then(() => setChosen(null))}
          >
            Make {name} {chosen}
          </button>
        )}
      </td>
      <td className="nowrap">
        <Time ms={created} shape="full" />
      </td>
      <td className="nowrap">
        <Time ms={changed} shape="full" />
      </td>
      <td className="nowrap">
        <Certain
          label={disabled ? "Enable" : "Disable"}
          question={disabled ? `Let ${name} in again` : `Shut ${name} out`}
          onDo={() => void changeUser(client, user, { disabled: !disabled })}
        />
      </td>
    </tr>
  );
}
