import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HubError } from "./error.ts";

/** Where the hub and its cache are, from the environment variables that huggingface_hub has. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | null;
  /** The folder of repositories. */
  readonly cache: string;
  readonly offline: boolean;
  /** Longest time without a byte, in milliseconds. */
  readonly timeout: number;
  /** Snapshots hold files, not symbolic links. */
  readonly copies: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * HF_ENDPOINT, HF_TOKEN (or the file `token` of HF_HOME), HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT
 * (seconds), HF_HUB_DISABLE_SYMLINKS.
 *
 * @throws HubError naming the variable that can't be used
 */
export function hubSettings(environment: Environment = process.env): HubSettings {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const home = folder(given("HF_HOME") ?? join(given("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
  return {
    endpoint: endpoint(given("HF_ENDPOINT") ?? "https://huggingface.co"),
    token: token(
      given("HF_TOKEN") ?? given("HUGGING_FACE_HUB_TOKEN"),
      folder(given("HF_TOKEN_PATH") ?? join(home, "token")),
    ),
    cache: folder(given("HF_HUB_CACHE") ?? given("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub")),
    offline: isTrue(given("HF_HUB_OFFLINE") ?? given("TRANSFORMERS_OFFLINE")),
    timeout: seconds("HF_HUB_DOWNLOAD_TIMEOUT", given("HF_HUB_DOWNLOAD_TIMEOUT"), 30) * 1000,
    copies: isTrue(given("HF_HUB_DISABLE_SYMLINKS")),
  };
}

function folder(path: string): string {
  return resolve(path.replace(/^~(?=$|[/\\])/, homedir()));
}

function endpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw new HubError(
      `HF_ENDPOINT is ${JSON.stringify(text)}; expected an address like https://huggingface.co`,
    );
  return text.replace(/\/+$/, "");
}

function token(given: string | undefined, file: string): string | null {
  let found = given ?? "";
  try {
    found ||= readFileSync(file, "utf8").trim();
  } catch {
    // No one is logged in.
  }
  // The token itself is never part of a message.
  if (/[^\x21-\x7e]/.test(found))
    throw new HubError(`${given ? "HF_TOKEN" : file} has characters that no token has; copy the token again`);
  return found || null;
}

function isTrue(text: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(text ?? "");
}

function seconds(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0 && value <= 86_400))
    throw new HubError(`${name} is ${JSON.stringify(text)}; expected a number of seconds`);
  return value;
}
