/** Search for anything from anywhere: entities as they are typed, events by Enter. */
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState, type RefObject } from "react";

const FindBox = lazy(async () => ({ default: (await import("./find-box.tsx")).FindBox }));

export function Find({ input }: { readonly input: RefObject<HTMLInputElement | null> }) {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(false);
  const plain = (
    <>
      <svg aria-hidden="true">
        <use href="#lens" />
      </svg>
      <input
        ref={input}
        type="search"
        aria-label="Search everything"
        placeholder="Person, host, repository, id"
        onFocus={() => setWanted(true)}
        onKeyDown={(event) => {
          const text = event.currentTarget.value.trim();
          if (event.key === "Enter" && text !== "") void navigate({ to: "/search", search: { q: text } });
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </>
  );
  return (
    <search className="find">
      {wanted ? (
        <Suspense fallback={plain}>
          <FindBox input={input} />
        </Suspense>
      ) : (
        plain
      )}
    </search>
  );
}
