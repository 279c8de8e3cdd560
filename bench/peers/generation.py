"""The peer of bench/generation.ts: the same text with transformers' generate, as people run it. Answers its questions."""

import json
import resource
import sys
import time

options = json.loads(sys.argv[1])

import torch
import transformers

transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(options["threads"])
ids = torch.tensor([[(i * 7919) % 49_000 for i in range(options["prompt"])]])
model = None


def start():
    global model
    model = transformers.AutoModelForCausalLM.from_pretrained(options["directory"], dtype=torch.float32).eval()
    return dict(torch=torch.__version__, transformers=transformers.__version__)


def text(fresh):
    begin, used = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=fresh, min_new_tokens=fresh, do_sample=False,
            use_cache=True, pad_token_id=0, eos_token_id=None,
        )
    return time.perf_counter() - begin, time.process_time() - used, out[0, ids.shape[1]:].tolist()


def generate():
    prompt_seconds, _, _ = text(1)
    seconds, processor, tokens = text(options["fresh"])
    return dict(seconds=seconds, processor=processor, promptSeconds=prompt_seconds, tokens=" ".join(map(str, tokens)))


def peak():
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


answers = dict(start=start, generate=generate, end=lambda: dict(peakMegabytes=peak()))
for question in sys.stdin:
    print(json.dumps(answers[question.strip()]()), flush=True)
