import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client.ts";
import { listenForChanges } from "./api/live.ts";
import { listenForKeys } from "./frame/keys.ts";
import { createConsoleRouter } from "./routes.tsx";
import { defang } from "./text/spell-out.ts";
import "./styles/tokens.css";
import "./styles/components.css";
import "./styles/pages.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Trying again helps when the server was busy, not when it refused.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiError) || error.problem.status === 0 || error.problem.status >= 500),
      refetchOnWindowFocus: false,
    },
  },
});

listenForKeys();
listenForChanges(client);

// What is copied out of logs must not become an address somewhere else.
document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  const element = selection?.anchorNode?.parentElement;
  if (selection === null || element?.closest(".u, .raw") === null || element === undefined) return;
  event.clipboardData?.setData("text/plain", defang(selection.toString()));
  event.preventDefault();
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={createConsoleRouter(client)} />
    </QueryClientProvider>
  </StrictMode>,
);
