import { useEffect } from "react";

/** The title of the window, and of the page in the history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Sallyport`;
  }, [title]);
}
