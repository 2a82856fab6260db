import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type RefObject } from "react";
import { ComboBox, Input, ListBox, ListBoxItem, Popover } from "react-aria-components";
import { get } from "../api/client.ts";
import type { EntityItem, EntityKind, Page } from "../api/types.ts";
import { counted } from "../text/numbers.ts";
import { spelledText } from "../text/spell-out.ts";
import { Untrusted } from "../text/untrusted.tsx";

const KINDS: readonly EntityKind[] = ["user", "host", "address", "destination"];
const EACH = 4;
const PAUSE_MS = 150;

/** What is typed as entities it may mean; the last choice looks for it in events. */
export function FindBox({ input }: { readonly input: RefObject<HTMLInputElement | null> }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => input.current?.focus(), [input]);
  const found = useQueries({
    queries: KINDS.map((kind) => ({
      queryKey: ["find", kind, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get<Page<EntityItem>>(`/api/v1/entities/${kind}`, { text: asked, limit: EACH }, signal),
      enabled: asked.length > 1,
      staleTime: 60_000,
    })),
  }).flatMap(({ data }) => data?.items ?? []);
  const open = (choice: string): void => {
    const [kind = "", ...rest] = choice.split(":");
    const name = rest.join(":");
    if (/^[0-9a-f]{32}$/.test(name)) void navigate({ to: "/incidents/$uid", params: { uid: name } });
    else if (kind === "event") void navigate({ to: "/search", search: { q: name } });
    else void navigate({ to: "/entities/$kind", params: { kind }, search: { name } });
    setText("");
  };
  return (
    <ComboBox
      aria-label="Search everything"
      menuTrigger="input"
      allowsEmptyCollection
      allowsCustomValue
      inputValue={text}
      onInputChange={setText}
      selectedKey={null}
      onSelectionChange={(key) => {
        if (key !== null) open(String(key));
      }}
      className="findbox"
    >
      <svg aria-hidden="true">
        <use href="#lens" />
      </svg>
      <Input
        ref={input}
        type="search"
        placeholder="Person, host, repository, id"
        onKeyDown={(event) => {
          if (event.key === "Escape" && text === "") event.currentTarget.blur();
          if (
            event.key === "Enter" &&
            event.currentTarget.getAttribute("aria-activedescendant") === null &&
            text.trim() !== ""
          )
            open(`event:${text.trim()}`);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      <Popover className="findlist" placement="bottom end">
        <ListBox>
          {text.trim() === ""
            ? []
            : found.map((item) => (
                <ListBoxItem
                  key={`${item.kind}:${item.name}`}
                  id={`${item.kind}:${item.name}`}
                  textValue={spelledText(item.name)}
                >
                  <Untrusted text={item.name} form="host" />{" "}
                  <small>{`${item.kind}, ${counted(item.events, "event")}`}</small>
                </ListBoxItem>
              ))}
          {text.trim() !== "" && (
            <ListBoxItem key={`event:${text.trim()}`} id={`event:${text.trim()}`} textValue={text.trim()}>
              Events with <b>{spelledText(text.trim())}</b>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
