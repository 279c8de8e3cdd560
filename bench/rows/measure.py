"""
Writes lengths.json: `python measure.py alpaca_en_demo.json hh-rlhf-harmless-test.jsonl.gz > lengths.json`, with a sample
of the rows' lengths in characters, parted as src/data parts them (an alpaca prompt is instruction, newline, input; a
transcript's prompt ends with the last "Assistant:" that both have in common).
"""

import gzip
import json
import random
import sys

draw = random.Random(1)
with open(sys.argv[1]) as file:
    alpaca = [
        [len(row["instruction"] + ("\n" + row["input"] if row["input"].strip() else "")), len(row["output"])]
        for row in json.load(file)
    ]
pairs = []
with gzip.open(sys.argv[2], "rt") as file:
    for line in file:
        row = json.loads(line)
        chosen, rejected = row["chosen"], row["rejected"]
        common = 0
        while common < min(len(chosen), len(rejected)) and chosen[common] == rejected[common]:
            common += 1
        turn = "\n\nAssistant:"
        end = chosen.rfind(turn, 0, common) + len(turn)
        pairs.append([end, len(chosen[end:].lstrip()), len(rejected[end:].lstrip())])


def lines(rows):
    rows = [json.dumps(row, separators=(",", ":")) for row in draw.sample(rows, 480)]
    return ",\n".join("    " + ", ".join(rows[i : i + 12]) for i in range(0, len(rows), 12))


print(
    '{\n  "about": "Characters of 480 rows each, drawn at random: [prompt, response] of alpaca (999 rows in English of '
    "LLaMA-Factory's alpaca_en_demo.json), [prompt, chosen, rejected] of hh-rlhf (harmless-base, test; Bai et al. 2022). "
    'Made by measure.py.",'
)
print(f'  "sft": [\n{lines(alpaca)}\n  ],\n  "dpo": [\n{lines(pairs)}\n  ]\n}}')
