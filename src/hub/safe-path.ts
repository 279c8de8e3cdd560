/**
 * Whether a name that a server gave stays inside the folder it is put into, on every system: relative, without `..`,
 * backslashes, drive letters and control characters.
 */
export function isSafePath(path: string): boolean {
  if (path.length === 0 || path.length > 1024) return false;
  if (/[\\\p{Cc}]/u.test(path)) return false;
  return path
    .split("/")
    .every(
      (part) =>
        part !== "" && part !== "." && part !== ".." && part.length <= 255 && !/^[A-Za-z]:/.test(part),
    );
}
