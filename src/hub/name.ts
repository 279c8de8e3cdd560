import { HubError } from "./error.ts";
import { isSafePath } from "./safe-path.ts";

/** Which of the hub's kinds of repository: their names are apart. */
export type RepositoryKind = "model" | "dataset";

/** `hub:owner/name[@revision][/path]`. */
export interface HubName {
  readonly kind: RepositoryKind;
  /** `owner/name`. */
  readonly repo: string;
  /** A branch, tag or commit; null: `main`. */
  readonly revision: string | null;
  /** A file or folder of the repository, or a data set's split or config. */
  readonly path: string | null;
}

const prefix = "hub:";
const segment = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;

export function isHubName(name: string): boolean {
  return name.startsWith(prefix);
}

/** Whether a revision is a commit, which stands for the same files for ever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Takes a hub name apart. A revision ends at the next `/`, but for `refs/pr/N` and `refs/convert/NAME`; a slash inside
 * another one is written `%2F`.
 *
 * @throws HubError saying what is wrong with it and how one is written
 */
export function parseHubName(name: string, kind: RepositoryKind): HubName {
  const fail = (why: string): never => {
    throw new HubError(`${JSON.stringify(name)}: ${why}; expected hub:owner/name[@revision][/path]`);
  };
  if (!isHubName(name)) fail("is no name of the hub");
  const [, owner = "", rest = ""] = /^([^/@]*)\/?(.*)$/s.exec(name.slice(prefix.length))!;
  const [, repository = "", after = ""] = /^([^/@]*)(.*)$/s.exec(rest)!;
  for (const part of [owner, repository])
    if (!segment.test(part) || part.length > 96 || part.includes("--") || part.includes(".."))
      fail(
        part === ""
          ? "owner or name is missing"
          : `${JSON.stringify(part)} is no owner or name (letters, digits, ".", "_" and "-")`,
      );
  const [, written, path = ""] =
    /^(?:@((?:refs\/(?:pr|convert)\/)?[^/]*))?(?:\/(.*))?$/s.exec(after) ?? fail("is not understood");
  const revision = written === undefined ? null : decoded(written);
  if (revision !== null && !(revision && isSafePath(revision)))
    fail(`${JSON.stringify(written)} is no revision`);
  if (path && !isSafePath(path)) fail(`${JSON.stringify(path)} is no path inside a repository`);
  return { kind, repo: `${owner}/${repository}`, revision, path: path || null };
}

/** A hub name as it is written. */
export function formatHubName({ repo, revision, path }: Omit<HubName, "kind">): string {
  const reserved = revision !== null && /^refs\/(pr|convert)\/[^/]+$/.test(revision);
  const written = reserved ? revision : revision?.replaceAll("/", "%2F");
  return `${prefix}${repo}${written ? `@${written}` : ""}${path ? `/${path}` : ""}`;
}

/** For people: a hub name with its commit's first digits only; any other text as it is. */
export function shortHubName(name: string): string {
  return isHubName(name) ? name.replace(/@([0-9a-f]{8})[0-9a-f]{32}(?=\/|$)/, "@$1") : name;
}

function decoded(text: string): string {
  return text.replaceAll(/%2F/gi, "/");
}
