"""The other side of interop.test.ts: transformers and PEFT write models and adapters, and read those of this library.

    python test/parity/interop.py write FOLDER SEED     a sharded bfloat16 model of each family, an adapter on it, and what they give
    python test/parity/interop.py answer                for each line of standard input, a job as JSON, a line of JSON: either to write,
                                                        or log-probabilities and token ids of a model (and adapter) written elsewhere

fixtures/interop was made by `write test/parity/fixtures/interop 5` with torch 2.13.0, transformers 5.23.0, peft 0.21.2.
"""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)
VOCABULARY = 64


def log_probs(model, rows):
    """The sum of a response's token log-probabilities, one row at a time."""
    sums = []
    with torch.no_grad():
        for row in rows:
            ids = row["prompt"] + row["response"]
            logits = model(torch.tensor([ids])).logits[0, :-1].float().log_softmax(-1)
            each = logits.gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]
            sums.append(each[len(row["prompt"]) - 1 :].sum().item())
    return sums


def write(folder, seed):
    torch.manual_seed(seed)
    same = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, vocab_size=VOCABULARY, max_position_embeddings=64, bos_token_id=0, eos_token_id=0)
    families = {
        "gpt_neox": (
            GPTNeoXForCausalLM(
                GPTNeoXConfig(**same, intermediate_size=32, rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5})
            ),
            ["query_key_value", "dense_4h_to_h"],
        ),
        "llama": (LlamaForCausalLM(LlamaConfig(**same, intermediate_size=24, num_key_value_heads=2)), ["q_proj", "v_proj", "down_proj"]),
    }
    for name, (model, targets) in families.items():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data = torch.randn_like(parameter) * 0.3
        directory = Path(folder) / name
        model.to(torch.bfloat16).save_pretrained(directory, max_shard_size="4KB")
        base = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
        rows = [
            dict(prompt=torch.randint(0, VOCABULARY, (p,)).tolist(), response=torch.randint(0, VOCABULARY, (r,)).tolist())
            for p, r in [(3, 5), (9, 2), (1, 12)]
        ]
        plain = log_probs(base, rows)
        adapted = get_peft_model(base, LoraConfig(r=3, lora_alpha=5, target_modules=targets, task_type="CAUSAL_LM"))
        for key, parameter in adapted.named_parameters():
            if "lora_" in key:
                parameter.data = torch.randn_like(parameter) * 0.3
        adapted.save_pretrained(directory / "adapter")
        config = directory / "adapter" / "adapter_config.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "base_model_name_or_path": name}, indent=1) + "\n")
        (directory / "adapter" / "README.md").unlink(missing_ok=True)
        expected = dict(rows=rows, plain=plain, adapted=log_probs(adapted.eval(), rows))
        (directory / "expected.json").write_text(json.dumps(expected) + "\n")


def read(job):
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32).eval()
    if job.get("adapter"):
        model = PeftModel.from_pretrained(model, job["adapter"]).eval()
    answer = dict(logProbs=log_probs(model, job["rows"]))
    if "texts" in job:
        tokenizer = AutoTokenizer.from_pretrained(job["model"])
        answer["ids"] = [tokenizer(text, add_special_tokens=False).input_ids for text in job["texts"]]
        answer["eos"] = tokenizer.eos_token_id
    if "messages" in job:
        answer["chat"] = AutoTokenizer.from_pretrained(job["model"]).apply_chat_template(job["messages"], tokenize=False, add_generation_prompt=True)
    return answer


if sys.argv[1] == "write":
    write(sys.argv[2], int(sys.argv[3]))
else:
    for line in sys.stdin:
        job = json.loads(line)
        print("answer " + json.dumps(write(*job["write"]) if "write" in job else read(job)), flush=True)
