import { useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Width of an element in px, kept as it changes; `usual` until it is measured. */
export function useWidth<Element extends HTMLElement>(usual: number): [RefObject<Element | null>, number] {
  const element = useRef<Element>(null);
  const [width, setWidth] = useState(usual);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    setWidth(watched.clientWidth);
    const observer = new ResizeObserver(() => setWidth(watched.clientWidth));
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

/** Cut to what fits into `width` px at 12 px, where letters are about 6.4 px wide. */
export function fit(text: string, width: number): string {
  const letters = Math.floor(width / 6.4);
  return text.length <= letters ? text : letters < 3 ? "" : `${text.slice(0, letters - 1)}…`;
}
