import { HubError } from "./error.ts";
import type { HubName } from "./name.ts";
import type { Answer } from "./request.ts";
import type { HubSettings } from "./settings.ts";

const passing = new Set([408, 429, 500, 502, 503, 504]);

/**
 * What an answer that is no success says to the person who asked: the hub's `X-Error-Code` where it has one, else its
 * status.
 *
 * @param what file or listing that was asked for
 */
export function refusal(answer: Answer, name: HubName, what: string, settings: HubSettings): HubError {
  const { status, headers } = answer;
  answer.drop();
  const { repo, revision } = name;
  const { endpoint, token } = settings;
  const page = `${endpoint}/${name.kind === "dataset" ? "datasets/" : ""}${repo}`;
  const kind = name.kind === "dataset" ? "data set" : "model";
  const code = headers.get("x-error-code");
  const login =
    token === null ? "set HF_TOKEN to a token of yours" : "the token of HF_TOKEN has no access to it";
  if (code === "GatedRepo")
    return new HubError(
      `${repo} is gated (${status}): accept its licence on ${page}, and ${token === null ? "set HF_TOKEN to a token of yours" : "give HF_TOKEN a token of the account that accepted it"}`,
    );
  if (code === "RevisionNotFound")
    return new HubError(`${repo} has no revision ${JSON.stringify(revision ?? "main")} (${status})`);
  if (code === "EntryNotFound") return new HubError(`${repo} has no ${what} (${status})`);
  if (status === 401 && headers.get("x-error-message")?.startsWith("Invalid credentials"))
    return new HubError(`${endpoint} does not know the token of HF_TOKEN (401); set a valid one, or none`);
  // The hub says 401 also for repositories that are not there, to who has no token.
  if (status === 401)
    return new HubError(
      `no ${kind} ${JSON.stringify(repo)} is open to you on ${endpoint} (401): look at its name; if it is private or gated, ${login}`,
    );
  if (status === 403)
    return new HubError(
      `${endpoint} refuses ${what} of ${repo} (403): ${token === null ? "accept its licence there if it asks for that, and set HF_TOKEN" : "accept its licence there if it asks for that; HF_TOKEN needs the right to read it"}`,
    );
  if (status === 404)
    return new HubError(
      `${endpoint} has no ${kind} ${JSON.stringify(repo)} with ${what} (404); look at its name${token === null ? ", and set HF_TOKEN if it is private" : ""}`,
    );
  const wait = status === 429 || status === 503 ? retryAfter(headers) : 0;
  const words: Readonly<Record<number, string>> = { 429: "too many requests", 503: "not available now" };
  return new HubError(
    `${endpoint} answers ${status}${words[status] ? ` (${words[status]})` : ""} for ${what} of ${repo}${wait > 0 ? `; it asks to wait ${wait} s` : ""}`,
    { temporary: passing.has(status), wait },
  );
}

/** Seconds: `Retry-After` as a number or a date, or the reset of `RateLimit: "api";r=0;t=55`. */
export function retryAfter(headers: Headers, now = Date.now()): number {
  const text = headers.get("retry-after")?.trim();
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  const date = text === undefined ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - now) / 1000));
  const reset = /;\s*r=0\s*;\s*t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  return reset === undefined ? 0 : Number(reset);
}
