/**
 * A hub on this machine: the API and the files of repositories, large ones behind a redirect to another port, as the real
 * one keeps them. What a test wants otherwise it answers itself (`intercept`).
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HubSettings } from "../../src/hub/index.ts";

export interface Seen {
  readonly at: "hub" | "cdn";
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

interface FakeRepository {
  readonly files: Map<string, Buffer>;
  readonly commit: string;
  readonly branches: readonly string[];
  readonly gated: boolean;
  /** Only requests with this token see it. */
  readonly token: string | null;
}

export class FakeHub {
  readonly seen: Seen[] = [];
  /** Answers a request in a test's own way; false where it leaves it to the hub. */
  intercept: (request: Seen, response: ServerResponse) => boolean = () => false;
  /** Entries of a list of files as a test wants them. */
  editList: (entries: Record<string, unknown>[]) => unknown[] = (entries) => entries;
  /** Entries on one page of a list. */
  page = 1000;
  readonly #repositories = new Map<string, FakeRepository>();
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor() {
    this.#hub = createServer((request, response) => this.#answer("hub", request, response));
    this.#cdn = createServer((request, response) => this.#answer("cdn", request, response));
  }

  static async start(): Promise<FakeHub> {
    const fake = new FakeHub();
    for (const server of [fake.#hub, fake.#cdn])
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return addressOf(this.#hub);
  }
  get cdn(): string {
    return addressOf(this.#cdn);
  }

  settings(cache: string, more: Partial<HubSettings> = {}): HubSettings {
    const { endpoint } = this;
    return { endpoint, cache, token: null, offline: false, timeout: 5000, copies: false, ...more };
  }

  /** @returns the commit */
  add(
    kind: "model" | "dataset",
    repo: string,
    files: Readonly<Record<string, string | Uint8Array>>,
    more: Partial<Pick<FakeRepository, "branches" | "gated" | "token">> = {},
  ): string {
    const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
    const hash = createHash("sha1").update(`${kind} ${repo}`);
    for (const [path, content] of contents) hash.update(path).update(content);
    const commit = hash.digest("hex");
    const defaults = { branches: ["main"], gated: false, token: null };
    this.#repositories.set(`${kind}s/${repo}`, { ...defaults, ...more, files: contents, commit });
    return commit;
  }

  /** Paths that were asked for. */
  asked(part = ""): string[] {
    return this.seen.map(({ path }) => path).filter((path) => path.includes(part));
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #answer(at: "hub" | "cdn", request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    const { authorization, range } = request.headers;
    const seen: Seen = { at, path, authorization, range };
    this.seen.push(seen);
    if (this.intercept(seen, response)) return;
    const [, api, kind, repo, what, rest] =
      /^\/(api\/)?(?:(models|datasets)\/)?([^/]+\/[^/]+)\/(revision|tree|refs|resolve)(?:\/(.*))?$/.exec(
        path.split("?")[0]!,
      ) ?? [];
    const repository = this.#repositories.get(`${kind ?? "models"}/${repo}`);
    const [revision = "", ...segments] = (rest ?? "").split("/").map(decodeURIComponent);
    const content = repository?.files.get(segments.join("/"));
    // Addresses of the CDN are signed: who has one may read.
    if (at === "cdn" && content) sendFile(response, content, range);
    else if (!repository || (repository.token && authorization !== `Bearer ${repository.token}`))
      refuse(response, 401, "RepoNotFound");
    else if (what === "refs")
      json(response, { branches: repository.branches.map((name) => ({ name })), tags: [] });
    else if (revision !== repository.commit && !repository.branches.includes(revision))
      refuse(response, 404, "RevisionNotFound");
    else if (what === "revision" && api)
      json(response, { id: repo, sha: repository.commit, gated: repository.gated, siblings: [] });
    else if (what === "tree" && api) this.#list(repository, path, response);
    else if (repository.gated && !authorization) refuse(response, 401, "GatedRepo");
    else if (!content) refuse(response, 404, "EntryNotFound");
    else {
      const path = segments.join("/");
      response.setHeader("x-repo-commit", repository.commit);
      response.setHeader("x-linked-size", content.length);
      response.setHeader("etag", `"${isLarge(path) ? sha256(content) : gitHash(content)}"`);
      if (isLarge(path)) response.writeHead(302, { location: `${this.cdn}${request.url}` }).end();
      else sendFile(response, content, range);
    }
  }

  #list({ files }: FakeRepository, path: string, response: ServerResponse): void {
    const entries = this.editList(
      Array.from(files, ([file, content]) => {
        const oid = gitHash(content);
        const { length: size } = content;
        return isLarge(file)
          ? { type: "file", path: file, size, oid, lfs: { oid: sha256(content), size, pointerSize: 130 } }
          : { type: "file", path: file, size, oid };
      }),
    );
    const from = Number(new URL(path, this.endpoint).searchParams.get("cursor") ?? 0);
    const next = from + this.page;
    const headers: Record<string, string> =
      next < entries.length
        ? { link: `<https://huggingface.co${path.split("&cursor")[0]}&cursor=${next}>; rel="next"` }
        : {};
    json(response, entries.slice(from, next), headers);
  }
}

/** A file, or the part of it that a range asks for. */
export function sendFile(response: ServerResponse, content: Buffer, range?: string): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) {
    response.writeHead(200, { "content-length": content.length }).end(content);
  } else if (from >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
  } else {
    const part = content.subarray(from);
    response
      .writeHead(206, {
        "content-length": part.length,
        "content-range": `bytes ${from}-${content.length - 1}/${content.length}`,
      })
      .end(part);
  }
}

export function refuse(response: ServerResponse, status: number, code?: string, more: object = {}): void {
  response.writeHead(status, { ...(code ? { "x-error-code": code } : {}), ...more }).end();
}

function json(response: ServerResponse, value: unknown, headers: object = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Kept in LFS by the real hub, too. */
function isLarge(path: string): boolean {
  return /\.(safetensors|gguf|parquet|bin)$/.test(path);
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function gitHash(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
