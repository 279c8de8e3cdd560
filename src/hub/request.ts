import { HubError } from "./error.ts";
import type { HubSettings } from "./settings.ts";

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 10;

/** An answer whose body has not been read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, as it comes. @throws HubError (temporary) where the connection breaks or nothing comes for too long */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Lets go of a body that is not wanted. */
  drop(): void;
}

/**
 * One GET request, redirects followed. The token goes to the endpoint's own origin alone, never to where it redirects;
 * no answer is compressed, so that sizes and ranges are those of the file.
 *
 * @throws HubError (temporary) where there is no connection; the signal's reason where it is aborted
 */
export async function request(
  address: string,
  { endpoint, token, timeout }: HubSettings,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  signal.throwIfAborted();
  const stalled = new AbortController();
  const either = AbortSignal.any([signal, stalled.signal]);
  const watch = () => setTimeout(() => stalled.abort(), timeout);
  const origin = new URL(endpoint).origin;
  let url = new URL(address);
  let timer = watch();
  const failed = (error: unknown): HubError => {
    signal.throwIfAborted();
    if (error instanceof HubError) return error;
    const why = stalled.signal.aborted ? `nothing came for ${timeout / 1000} s` : connectionProblem(error);
    return new HubError(`${url.host}: ${why}`, { temporary: true });
  };
  try {
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const authorization: Record<string, string> =
        token !== null && url.origin === origin ? { authorization: `Bearer ${token}` } : {};
      const response = await fetch(url, {
        redirect: "manual",
        signal: either,
        headers: { ...headers, "user-agent": "alright-ts", "accept-encoding": "identity", ...authorization },
      });
      const target = redirects.has(response.status) ? response.headers.get("location") : null;
      if (target === null) return answer(response);
      stalled.signal.throwIfAborted();
      await response.body?.cancel();
      url = redirected(url, target);
    }
    throw new HubError(`${address} redirects more than ${mostRedirects} times`);
  } catch (error) {
    throw failed(error);
  } finally {
    clearTimeout(timer);
  }

  function answer(response: Response): Answer {
    return {
      status: response.status,
      headers: response.headers,
      async *chunks() {
        if (!response.body) return;
        timer = watch();
        try {
          for await (const chunk of response.body) {
            clearTimeout(timer);
            yield chunk as Uint8Array;
            timer = watch();
          }
        } catch (error) {
          throw failed(error);
        } finally {
          clearTimeout(timer);
        }
      },
      drop: () => stalled.abort(),
    };
  }
}

function redirected(from: URL, target: string): URL {
  if (!URL.canParse(target, from.href)) throw new HubError(`${from.host} redirects to no address`);
  const to = new URL(target, from.href);
  if (!/^https?:$/.test(to.protocol) || (from.protocol === "https:" && to.protocol === "http:"))
    throw new HubError(`${from.host} redirects to ${to.protocol}//${to.host}, which is not followed`);
  return to;
}

function connectionProblem(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? "";
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: "no such host, or no network",
    EAI_AGAIN: "no such host, or no network",
    ECONNREFUSED: "the connection was refused",
    ECONNRESET: "the connection broke",
    UND_ERR_SOCKET: "the connection broke",
    UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  };
  return words[code] ?? `the connection broke (${cause?.message ?? (error as Error).message})`;
}
