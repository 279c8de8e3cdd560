"""Makes fixtures/generation.json: greedy continuations by transformers' generate, with its key-value cache.

Of the model that make-fixtures.py wrote (run it first; the same environment), with parallel and sequential residual.

    .venv-parity/bin/python test/parity/make-generation-fixtures.py
"""

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

here = Path(__file__).parent / "fixtures"
torch.manual_seed(11)
torch.set_num_threads(1)
known = json.loads((here / "cases.json").read_text())["cases"]
NEW = 40

prompts = [torch.randint(1, 64, (length,)).tolist() for length in (1, 5, 12, 23)]
cases = []
for parallel in [True, False]:
    settings = next(case["config"] for case in known if case["config"]["use_parallel_residual"] == parallel)
    model = GPTNeoXForCausalLM(GPTNeoXConfig(**settings)).eval()
    stored = load_file(here / "weights.safetensors")
    model.load_state_dict({name.replace("embed_out.", "lm_head."): tensor for name, tensor in stored.items()})
    for prompt in prompts:
        ids = torch.tensor([prompt])
        with torch.no_grad():
            text = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False,
                use_cache=True, pad_token_id=0, eos_token_id=None,
            )[0, len(prompt):]
            logits = model(torch.cat([ids[0], text])[None]).logits[0, len(prompt) - 1 : -1]
        # A tie within float32's noise could fall either way; there is none.
        best = logits.topk(2).values
        margin = (best[:, 0] - best[:, 1]).min().item()
        assert (logits.argmax(-1) == text).all() and margin > 1e-3, margin
        cases.append(dict(parallel=parallel, prompt=prompt, continuation=text.tolist(), smallestMargin=margin))

document = dict(torch=torch.__version__, transformers=transformers.__version__, cases=cases)
(here / "generation.json").write_text(json.dumps(document) + "\n")
