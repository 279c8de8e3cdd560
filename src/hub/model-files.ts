import { HubError, some } from "./error.ts";
import type { HubFile } from "./listing.ts";
import { formatHubName, type HubName } from "./name.ts";
import { formatBytes } from "./progress.ts";

/** What a model directory has beside its weights. */
const companions = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "tokenizer.model",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "chat_template.json",
];
const weightsFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";
const adapterFiles = ["adapter_config.json", "adapter_model.safetensors"];

/** What a name's files are. */
export interface ModelFiles {
  readonly kind: "model" | "adapter" | "gguf";
  readonly paths: readonly string[];
  /** The list of the weights' files, which are fetched after it. */
  readonly index: string | null;
  /** What is given to who asked: a folder (`""`: the snapshot's) or a `.gguf` file, inside the snapshot. */
  readonly place: string;
}

/**
 * The files that a model's (or an adapter's) name means. Without a path those of the repository's top folder; a path is a
 * folder, or a `.gguf` file.
 *
 * @throws HubError with what the repository has instead
 */
export function chooseModelFiles(name: HubName, files: readonly HubFile[]): ModelFiles {
  const { repo, path } = name;
  const paths = new Set(files.map((file) => file.path));
  if (path !== null && paths.has(path)) {
    if (path.endsWith(".gguf")) return { kind: "gguf", paths: [path], index: null, place: path };
    throw new HubError(
      `${formatHubName(name)}: is a file; expected a folder with config.json, or a .gguf file${ggufs(name, files)}`,
    );
  }
  const below = path === null ? "" : `${path}/`;
  const has = (file: string) => paths.has(below + file);
  const withFolder = (list: readonly string[]) => list.filter(has).map((file) => below + file);
  if (path !== null && !files.some((file) => file.path.startsWith(below)))
    throw new HubError(`${repo} has no ${JSON.stringify(path)}; it has ${some(topLevel(files))}`);
  if (has(adapterFiles[0]!) && has(adapterFiles[1]!))
    return { kind: "adapter", paths: withFolder(adapterFiles), index: null, place: path ?? "" };
  const where = formatHubName(name);
  if (has("config.json") && (has(weightsFile) || has(indexFile)))
    return {
      kind: "model",
      paths: withFolder(has(weightsFile) ? [...companions, weightsFile] : companions),
      index: has(weightsFile) ? null : below + indexFile,
      place: path ?? "",
    };
  const gguf = ggufs(name, files);
  if (gguf) throw new HubError(`${where} has no ${weightsFile}${gguf}`);
  const other = files.find((file) => /\.(bin|pt|pth|h5|msgpack|onnx)$/.test(file.path));
  if (other && has("config.json"))
    throw new HubError(
      `${where} has no ${weightsFile}; ${other.path} is not read: convert it to safetensors (transformers: model.save_pretrained(directory)) and give that directory`,
    );
  throw new HubError(
    `${where} is no model: it has no config.json with ${weightsFile}; it has ${some(topLevel(files))}`,
  );
}

function ggufs(name: HubName, files: readonly HubFile[]): string {
  const found = files.filter((file) => file.path.endsWith(".gguf"));
  if (found.length === 0) return "";
  const names = found.map(({ path, size }) => `${formatHubName({ ...name, path })} (${formatBytes(size)})`);
  return `; give one of its GGUF files: ${some(names)}`;
}

/** Files and folders of the top level. */
function topLevel(files: readonly HubFile[]): string[] {
  const names = files.map(({ path }) => (path.includes("/") ? `${path.split("/")[0]}/` : path));
  return [...new Set(names)].filter((name) => name !== ".gitattributes");
}
