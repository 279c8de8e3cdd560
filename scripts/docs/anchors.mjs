// Links of a built site that lead nowhere. VitePress itself looks at pages only; this looks at anchors and pictures, too.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const LINK = /\s(?:href|src)="([^"]*)"/g;
const ID = /\sid="([^"]+)"/g;

const decoded = (text) => decodeURIComponent(text.replaceAll("&amp;", "&"));

/** @returns a line for each link within the site whose page, file or anchor is not there; other hosts are not asked */
export function anchors(site) {
  const pages = readdirSync(site, { recursive: true })
    .filter((file) => file.endsWith(".html"))
    .map((file) => join(site, file));
  const ids = new Map();
  const idsOf = (page) => {
    if (!ids.has(page))
      ids.set(page, new Set([...readFileSync(page, "utf8").matchAll(ID)].map(([, id]) => decoded(id))));
    return ids.get(page);
  };
  return pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(LINK)].flatMap(([, link]) => {
      if (/^([a-z]+:|\/\/)/i.test(link) || link === "") return [];
      const [path, anchor = ""] = decoded(link).split("#");
      const place = path.startsWith("/") ? join(site, path) : resolve(dirname(page), path);
      const target = path === "" ? page : place.endsWith("/") ? join(place, "index.html") : place;
      const file = [target, `${target}.html`, join(target, "index.html")].find(
        (one) => existsSync(one) && /\.\w+$/.test(one),
      );
      const from = relative(site, page);
      if (!file) return [`${from}: ${link}: no such file`];
      if (anchor && file.endsWith(".html") && !idsOf(file).has(anchor))
        return [`${from}: ${link}: no such anchor`];
      return [];
    }),
  );
}
