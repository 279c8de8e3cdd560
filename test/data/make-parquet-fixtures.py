"""Writes fixtures/*.parquet: rows of every shape as `datasets` and pyarrow write them, in several codecs, encodings and nestings.

python make-parquet-fixtures.py (with pyarrow 26 and datasets 5); deterministic but for the library's name in the file's metadata.
"""

import os

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
os.makedirs(here, exist_ok=True)


def at(name):
    return os.path.join(here, name)


def talk(*turns):
    return [{"role": role, "content": content} for role, content in turns]


alpaca = [
    {"instruction": "Add.", "input": "1 + 1", "output": "2"},
    {"instruction": "Say hi in Greek.", "input": "", "output": "Γειά σου 👋"},
    {"instruction": "Say ho.", "input": None, "output": "Ho"},
]
messages = [
    {"id": i, "messages": talk(("system", "Be brief."), ("user", f"{i} + 1?"), ("assistant", str(i + 1)), ("user", "Sure?"), ("assistant", "Yes."))}
    for i in range(5)
]
preferences = [
    {
        "chosen": talk(("user", f"Name number {i}."), ("assistant", f"Number {i} it is.")),
        "rejected": talk(("user", f"Name number {i}."), ("assistant", "No.")),
        "score": 0.5 * i,
    }
    for i in range(4)
]
datasets.Dataset.from_list(alpaca).to_parquet(at("alpaca.parquet"))
datasets.Dataset.from_list(messages).to_parquet(at("messages.parquet"))
datasets.Dataset.from_list(preferences).to_parquet(at("preferences.parquet"))
pairs = pa.table({"prompt": [f"p{i}" for i in range(10)], "completion": [f"c{i % 3}" for i in range(10)]})
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(pairs, at(f"pairs-{codec}.parquet"), compression=codec, row_group_size=4)
pq.write_table(pairs, at("pairs-v2.parquet"), version="2.6", data_page_version="2.0", use_dictionary=False, column_encoding={"prompt": "DELTA_BYTE_ARRAY", "completion": "DELTA_LENGTH_BYTE_ARRAY"})
# What older versions of `datasets` made of a Sequence: an object of lists in place of a list of objects.
turn = pa.struct([("role", pa.list_(pa.string())), ("content", pa.list_(pa.string()))])
pq.write_table(pa.table({"messages": pa.array([{"role": ["user", "assistant"], "content": ["Hi", "Ho"]}], turn)}), at("sequence.parquet"))
pq.write_table(pa.table({"question": ["q"], "answer": ["a"]}), at("other-columns.parquet"))
pq.write_table(pa.table({"prompt": [1, 2], "completion": ["a", None]}), at("wrong-types.parquet"))
pq.write_table(pairs.slice(0, 0), at("no-rows.parquet"))
pq.write_table(pairs.slice(0, 6), at("train-00000-of-00002.parquet"))
pq.write_table(pairs.slice(6), at("train-00001-of-00002.parquet"))
