/** Requests to the API: JSON in and out, problems as errors, the token against forged requests on every change. */
import type { Problem, Session } from "./types.ts";

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** What the server, or the way to it, had to say against a request. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail === "" ? problem.title : `${problem.title}: ${problem.detail}`);
    this.name = "ApiError";
    this.problem = problem;
  }
}

let csrf: string | null = null;

/** `path` with the values of `query` that are set; lists become repeated names. */
export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === "object") for (const one of value) parameters.append(name, one);
    else parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** @throws {ApiError} */
export async function get<Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> {
  return await request<Answer>(address(path, query), signal === undefined ? {} : { signal });
}

/** @param etag of what is changed; null: whatever it is now. @throws {ApiError} */
export async function post<Answer>(path: string, body: unknown, etag: string | null): Promise<Answer> {
  return await request<Answer>(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: {
      "content-type": "application/json",
      "x-csrf-token": csrf ?? "",
      ...(etag === null ? {} : { "if-match": `"${etag}"` }),
    },
  });
}

/** @throws {ApiError} */
export async function remove<Answer>(path: string): Promise<Answer> {
  return await request<Answer>(path, { method: "DELETE", headers: { "x-csrf-token": csrf ?? "" } });
}

/** What a POST answers as a file of the viewer's. @throws {ApiError} */
export async function download(path: string, body: unknown, name: string): Promise<void> {
  const response = await fetch(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", "x-csrf-token": csrf ?? "" },
    credentials: "same-origin",
  });
  if (!response.ok) throw new ApiError(await readProblem(response));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function readSession(): Promise<Session> {
  const session = await get<Session>("/api/v1/session");
  csrf = session.csrf;
  return session;
}

export async function signOut(): Promise<void> {
  await fetch("/api/v1/session", { method: "DELETE", headers: { "x-csrf-token": csrf ?? "" } });
  location.assign("/");
}

async function request<Answer>(path: string, options: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin" });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(failure("unreachable", "Sallyport does not answer", "is it still running?"));
  }
  if (response.ok) return (await response.json()) as Answer;
  // The server shows its own page to whoever is not signed in.
  if (response.status === 401) location.assign("/");
  throw new ApiError(await readProblem(response));
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return failure("unreadable", `The server answered ${response.status}`, "without saying why");
  }
}

function failure(code: string, title: string, detail: string): Problem {
  return { type: "about:blank", title, status: 0, detail, code, instance: "" };
}
