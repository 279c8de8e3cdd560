import { describe, expect, test } from "vitest";
import { readDataCard } from "../../src/hub/data-card.ts";
import { chooseDataFiles } from "../../src/hub/data-files.ts";
import { HubError, parseHubName } from "../../src/hub/index.ts";

/** What a data set's name means in a repository of these files. */
function choose(name: string, paths: readonly string[], readme = ""): string[] {
  return chooseDataFiles(parseHubName(name, "dataset"), paths, readDataCard(readme, "o/n"));
}

describe("a data set without a list in its README", () => {
  const others = [".gitattributes", "README.md", "dataset_infos.json", "LICENSE.txt"];
  test.each<[string, string[], string[]]>([
    ["train beside test", ["train.jsonl", "test.jsonl"], ["train.jsonl"]],
    [
      "shards, in order",
      [
        "data/train-00001-of-00002.parquet",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00002.parquet",
      ],
      ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
    ],
    ["parquet before JSONL", ["train.jsonl", "train.parquet"], ["train.parquet"]],
    ["JSONL before JSON", ["train.json", "train.jsonl.gz"], ["train.jsonl.gz"]],
    [
      "folders of splits",
      ["train/a.jsonl", "train/eval-like.jsonl", "test/a.jsonl"],
      ["train/a.jsonl", "train/eval-like.jsonl"],
    ],
    ["names in names", ["my-train_v2.jsonl", "my-test_v2.jsonl"], ["my-train_v2.jsonl"]],
    [
      "no split's name: all",
      ["b.jsonl", "a.jsonl", "strained.jsonl"],
      ["a.jsonl", "b.jsonl", "strained.jsonl"],
    ],
  ])("%s", (_, paths, expected) => {
    expect(choose("hub:o/n", [...others, ...paths])).toEqual(expected);
  });

  test("a file, a folder, a pattern or a split of it", () => {
    const paths = [
      "harmless-base/train.jsonl.gz",
      "harmless-base/test.jsonl.gz",
      "helpful-base/train.jsonl.gz",
      "train-x/b.jsonl",
      "extra/odd.txt",
    ];
    expect(choose("hub:o/n/helpful-base", paths)).toEqual(["helpful-base/train.jsonl.gz"]);
    expect(choose("hub:o/n/harmless-base/test.jsonl.gz", paths)).toEqual(["harmless-base/test.jsonl.gz"]);
    expect(choose("hub:o/n/*-base/train*", paths)).toEqual([
      "harmless-base/train.jsonl.gz",
      "helpful-base/train.jsonl.gz",
    ]);
    expect(choose("hub:o/n/test", paths)).toEqual(["harmless-base/test.jsonl.gz"]);
    // The asked folder's own name says nothing of splits.
    expect(choose("hub:o/n/train-x", paths)).toEqual(["train-x/b.jsonl"]);
  });

  test.each<[string, string, string[], RegExp]>([
    [
      "nothing to read",
      "hub:o/n",
      ["data.csv", "README.md"],
      /no files that rows can be read from \(parquet, JSONL or JSON\); it has data\.csv/,
    ],
    [
      "no train",
      "hub:o/n",
      ["test.jsonl", "dev.jsonl"],
      /no files of a split "train"; it has dev\.jsonl, test\.jsonl/,
    ],
    [
      "no such path",
      "hub:o/n/helpfull",
      ["helpful/train.jsonl"],
      /has no "helpfull"; it has helpful\/train\.jsonl/,
    ],
    ["nothing", "hub:o/n", [".gitattributes"], /it has no files/],
    [
      "a shard missing",
      "hub:o/n",
      ["train-00000-of-00002.parquet"],
      /1 of the 2 files train-of-00002 are there; the set is not whole/,
    ],
  ])("%s: says what there is", (_, name, paths, message) => {
    expect(() => choose(name, paths)).toThrow(HubError);
    expect(() => choose(name, paths)).toThrow(message);
  });
});

describe("a data set whose README lists its files", () => {
  const card = (yaml: string) => `---\nlicense: mit\n${yaml}\n---\n# Title\n`;
  const paths = [
    "data/train_prefs-00000-of-00001.parquet",
    "data/train_sft-00000-of-00001.parquet",
    "data/test_sft-00000-of-00001.parquet",
    "en/train.jsonl",
    "de/train.jsonl",
    "all.csv",
  ];
  const zephyr = card(`configs:
- config_name: default
  data_files:
  - split: train_prefs
    path: data/train_prefs-*
  - split: train_sft
    path: "data/train_sft-*"`);

  test("splits by name, where none is called train", () => {
    expect(choose("hub:o/n/train_prefs", paths, zephyr)).toEqual(["data/train_prefs-00000-of-00001.parquet"]);
    expect(choose("hub:o/n/default/train_sft", paths, zephyr)).toEqual([
      "data/train_sft-00000-of-00001.parquet",
    ]);
    expect(() => choose("hub:o/n", paths, zephyr)).toThrow(
      'o/n has no split "train"; give one: hub:o/n/default/train_prefs, hub:o/n/default/train_sft',
    );
  });

  test("configurations by name, or the default one", () => {
    const two = (more = "") =>
      card(
        `configs:\n- config_name: en\n  data_files: en/*.jsonl\n- config_name: de\n  data_dir: de\n${more}`,
      );
    expect(choose("hub:o/n/en", paths, two())).toEqual(["en/train.jsonl"]);
    expect(choose("hub:o/n/de", paths, two())).toEqual(["de/train.jsonl"]);
    expect(() => choose("hub:o/n", paths, two())).toThrow(
      "2 configurations; give one: hub:o/n/en, hub:o/n/de",
    );
    expect(choose("hub:o/n", paths, two("  default: true"))).toEqual(["de/train.jsonl"]);
  });

  test.each([
    ["a pattern", "data_files: en/train.jsonl"],
    ["a list", "data_files: [en/train.jsonl]"],
    ["an object", "data_files:\n    train: [./en/train.jsonl]\n    test: x"],
    ["a folder", "data_files:\n    train: en"],
    ["one split", "data_files:\n  - split: all\n    path: en/train.jsonl"],
    ["a folder and a pattern", "data_dir: ./en/\n  data_files: train.*"],
  ])("as %s", (_, yaml) => {
    expect(choose("hub:o/n", paths, card(`configs:\n- config_name: x\n  ${yaml}`))).toEqual([
      "en/train.jsonl",
    ]);
  });

  test.each([
    [
      "no such file",
      card("configs:\n- data_files: x.jsonl"),
      /README has x\.jsonl for default\/train, and there is no such file/,
    ],
    [
      "of another kind",
      card("configs:\n- data_files: all.csv"),
      /no files that rows can be read from.*all\.csv/,
    ],
    ["not YAML", card("configs: [\n - {"), /front matter of its README is not YAML/],
    ["of other shape", card("configs:\n- data_files: [[1]]"), /not understood; give a file: hub:o\/n\/FILE/],
    [
      "aliases without end",
      card(
        `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nconfigs: *d`,
      ),
      /not YAML/,
    ],
  ])("%s", (_, readme, message) => {
    expect(() => choose("hub:o/n", paths, readme)).toThrow(message);
  });

  test("other front matter, or none, leaves it to the names", () => {
    for (const readme of ["# no front matter", card("tags: [x]"), card("configs: x"), "---\nnot closed"])
      expect(choose("hub:o/n/en", paths, readme)).toEqual(["en/train.jsonl"]);
  });
});
