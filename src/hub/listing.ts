import { z } from "zod";
import { HubError } from "./error.ts";
import { type HubName, isCommit } from "./name.ts";
import type { Patience } from "./patience.ts";
import { refusal } from "./refusal.ts";
import { request } from "./request.ts";
import { isSafePath } from "./safe-path.ts";
import type { HubSettings } from "./settings.ts";

/** A file of a repository at one commit. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content (64 digits; files in LFS), or git's hash of it (40 digits). It names the blob in the cache. */
  readonly hash: string;
}

/** How the hub is asked. */
export interface Connection {
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
  /** A fresh one for each thing that is asked for. */
  patience(): Patience;
}

const Revision = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const Entry = z.object({
  type: z.string(),
  path: z.string(),
  size: z.number().int().nonnegative().default(0),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: z.number().int().nonnegative() }).nullish(),
});
const Refs = z.object({
  branches: z.array(z.object({ name: z.string() })),
  tags: z.array(z.object({ name: z.string() })),
});

/** Longest answer of the hub's API that is read, in bytes, and most files of one repository. */
const longestAnswer = 64e6;
const mostFiles = 500_000;

/** The commit that a revision stands for now. @throws HubError */
export async function fetchCommit(name: HubName, connection: Connection): Promise<string> {
  const revision = name.revision ?? "main";
  try {
    const { value } = await json(
      `${api(name, connection.settings)}/revision/${encodeURIComponent(revision)}`,
      Revision,
      name,
      `revision ${JSON.stringify(revision)}`,
      connection,
    );
    return value.sha;
  } catch (error) {
    if (error instanceof HubError && error.message.includes("has no revision"))
      error.message += await knownRevisions(name, connection);
    throw error;
  }
}

/** The files of a commit. @throws HubError where names of files lead out of their folder, too */
export async function fetchListing(
  name: HubName,
  commit: string,
  connection: Connection,
): Promise<HubFile[]> {
  const { settings } = connection;
  const files: HubFile[] = [];
  let address: string | null = `${api(name, settings)}/tree/${commit}?recursive=true`;
  while (address !== null) {
    const page: { value: z.infer<typeof Entry>[]; next: string | null } = await json(
      address,
      z.array(Entry),
      name,
      "list of files",
      connection,
    );
    for (const entry of page.value) if (entry.type === "file") files.push(checkedFile(entry, name.repo));
    if (files.length > mostFiles) throw new HubError(`${name.repo} lists more than ${mostFiles} files`);
    if (page.next === address) throw new HubError(`${name.repo}: its list of files does not end`);
    address = page.next;
  }
  return files;
}

function checkedFile({ path, size, oid, lfs }: z.infer<typeof Entry>, repo: string): HubFile {
  if (!isSafePath(path))
    throw new HubError(
      `${repo} lists a file called ${JSON.stringify(path.slice(0, 200))}, which leads out of its folder; nothing of this repository is downloaded`,
    );
  const hash = lfs ? lfs.oid : oid;
  if (!hash || !(lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hash))
    throw new HubError(`${repo} lists ${path} without a hash of its content, so it can't be checked`);
  return { path, size: lfs ? lfs.size : size, hash };
}

function api({ kind, repo }: HubName, { endpoint }: HubSettings): string {
  return `${endpoint}/api/${kind}s/${repo}`;
}

async function knownRevisions(name: HubName, connection: Connection): Promise<string> {
  try {
    const { value } = await json(
      `${api(name, connection.settings)}/refs`,
      Refs,
      name,
      "revisions",
      connection,
    );
    const names = [...value.branches, ...value.tags].map((ref) => ref.name).slice(0, 20);
    return names.length > 0 ? `; it has ${names.join(", ")}` : "";
  } catch {
    connection.signal.throwIfAborted();
    return "";
  }
}

/** One answer of the API, and the address of the next page where there is one. */
async function json<T>(
  address: string,
  schema: z.ZodType<T>,
  name: HubName,
  what: string,
  { settings, signal, patience }: Connection,
): Promise<{ value: T; next: string | null }> {
  return patience().with(async () => {
    const answer = await request(address, settings, signal, { accept: "application/json" });
    if (answer.status !== 200) throw refusal(answer, name, what, settings);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of answer.chunks()) {
      length += part.length;
      if (length > longestAnswer)
        throw new HubError(`${address}: an answer of more than ${longestAnswer / 1e6} MB`);
      parts.push(part);
    }
    let value: unknown;
    try {
      value = JSON.parse(Buffer.concat(parts).toString("utf8"));
    } catch {
      throw new HubError(
        `${address} does not answer with JSON; is HF_ENDPOINT (${settings.endpoint}) a hub?`,
      );
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw new HubError(
        `${address} answers what a hub does not: ${parsed.error.issues[0]!.path.join(".")}: ${parsed.error.issues[0]!.message}`,
      );
    return { value: parsed.data, next: nextPage(answer.headers.get("link"), settings) };
  });
}

/** `Link: <address>; rel="next"`, asked of the endpoint itself: a mirror's links may still name the original. */
function nextPage(link: string | null, { endpoint }: HubSettings): string | null {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, endpoint)) return null;
  const { pathname, search } = new URL(target, endpoint);
  const base = new URL(endpoint).pathname.replace(/\/$/, "");
  const rest = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname;
  return `${endpoint}${rest}${search}`;
}

/** The address of a file's content. */
export function fileAddress({ kind, repo }: HubName, commit: string, path: string, endpoint: string): string {
  if (!isCommit(commit)) throw new HubError(`${JSON.stringify(commit)} is no commit`);
  const place = path.split("/").map(encodeURIComponent).join("/");
  return `${endpoint}/${kind === "dataset" ? "datasets/" : ""}${repo}/resolve/${commit}/${place}`;
}
