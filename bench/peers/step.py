"""The peer of bench/step.ts: the same step with transformers + peft, as people run it. Answers its questions."""

import json
import resource
import sys
import time

options = json.loads(sys.argv[1])

import peft
import torch
import transformers

torch.set_num_threads(options["threads"])
torch.manual_seed(1)
config = transformers.GPTNeoXConfig(
    hidden_size=options["width"], num_hidden_layers=options["layers"], num_attention_heads=options["heads"],
    intermediate_size=4 * options["width"], vocab_size=options["vocabulary"], use_cache=False,
)
model = transformers.GPTNeoXForCausalLM(config)
lora = peft.LoraConfig(
    r=options["rank"], lora_alpha=options["rank"], target_modules=["query_key_value"], lora_dropout=0.0,
    task_type="CAUSAL_LM",
)
model = peft.get_peft_model(model, lora)
model.train()
count = options["rows"] * options["length"]
ids = ((torch.arange(count) * 7919) % 50_000).view(options["rows"], options["length"])
loss = float("nan")


def forward():
    with torch.no_grad():
        model(input_ids=ids, labels=ids)


def step():
    global loss
    model.zero_grad(set_to_none=True)
    value = model(input_ids=ids, labels=ids).loss
    value.backward()
    loss = value.item()


def timed(work):
    start, used = time.perf_counter(), time.process_time()
    work()
    return dict(seconds=time.perf_counter() - start, processor=time.process_time() - used)


def peak():
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


answers = dict(
    start=lambda: dict(torch=torch.__version__, transformers=transformers.__version__, peft=peft.__version__),
    forward=lambda: timed(forward),
    step=lambda: dict(timed(step), loss=loss),
    end=lambda: dict(peakMegabytes=peak()),
)
for question in sys.stdin:
    print(json.dumps(answers[question.strip()]()), flush=True)
