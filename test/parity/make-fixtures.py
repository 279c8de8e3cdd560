"""Makes fixtures/: a small GPT-NeoX with random weights, and what PyTorch says of it.

    python -m venv .venv-parity && .venv-parity/bin/pip install torch==2.13.0
    .venv-parity/bin/pip install transformers==5.23.0 peft==0.21.2
    .venv-parity/bin/python test/parity/make-fixtures.py

Losses, gradients and ten Adam steps of SFT and DPO, with LoRA (PEFT) and with all weights, parallel and sequential
residual, on ragged batches that are padded here, as Hugging Face's trainers do it, and packed by this library.
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

here = Path(__file__).parent / "fixtures"
here.mkdir(exist_ok=True)
torch.manual_seed(7)
torch.set_num_threads(1)

BETA = 0.3
ADAM = dict(lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
STEPS = 10


def config(parallel):
    return GPTNeoXConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=64,
        max_position_embeddings=64, use_parallel_residual=parallel, tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
        bos_token_id=0, eos_token_id=0, attn_implementation="eager",
    )


weights = GPTNeoXForCausalLM(config(True)).state_dict()
for name, tensor in weights.items():
    if name.endswith("layernorm.weight") or name.endswith("layer_norm.weight"):
        weights[name] = 1 + 0.2 * torch.randn_like(tensor)
    elif name.endswith("bias"):
        weights[name] = 0.2 * torch.randn_like(tensor)
    else:
        weights[name] = torch.randn_like(tensor) / tensor.shape[1] ** 0.5


def plain(name):
    """The name on disk: transformers 5 calls the head `lm_head` in memory, PEFT names its adapters "default"."""
    return name.replace(".default.", ".").replace("lm_head.", "embed_out.")


save_file({plain(name): tensor for name, tensor in weights.items()}, here / "weights.safetensors")


def text(length):
    return torch.randint(0, 64, (length,)).tolist()


sft_rows = [dict(prompt=text(p), responses=[text(r)]) for p, r in [(1, 9), (7, 3), (4, 14), (12, 1), (3, 6)]]
dpo_rows = [dict(prompt=text(p), responses=[text(c), text(r)]) for p, c, r in [(1, 5, 8), (9, 2, 4), (5, 11, 1), (3, 7, 7)]]
dpo_reference = (-20 * torch.rand(2 * len(dpo_rows))).tolist()


def response_log_probs(model, rows):
    """One sum of token log-probabilities per response; a padded row per response."""
    pairs = [(row["prompt"], response) for row in rows for response in row["responses"]]
    longest = max(len(p) + len(r) for p, r in pairs)
    ids = torch.zeros(len(pairs), longest, dtype=torch.long)
    seen = torch.zeros_like(ids)
    target = torch.zeros_like(ids, dtype=torch.bool)
    for i, (p, r) in enumerate(pairs):
        ids[i, : len(p) + len(r)] = torch.tensor(p + r)
        seen[i, : len(p) + len(r)] = 1
        target[i, len(p) : len(p) + len(r)] = True
    logits = model(input_ids=ids, attention_mask=seen).logits[:, :-1]
    log_probs = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return (log_probs * target[:, 1:]).sum(1)


def sft_loss(model):
    tokens = sum(len(row["responses"][0]) for row in sft_rows)
    return -response_log_probs(model, sft_rows).sum() / tokens


def dpo_loss(model):
    change = response_log_probs(model, dpo_rows) - torch.tensor(dpo_reference)
    return -torch.nn.functional.logsigmoid(BETA * (change[0::2] - change[1::2])).mean()


def built(mode, parallel):
    model = GPTNeoXForCausalLM(config(parallel))
    model.load_state_dict(weights)
    if mode == "lora":
        targets = ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"]
        model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets, lora_dropout=0.0))
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.data = adapter.setdefault(plain(name), torch.randn_like(parameter) * 0.2).clone()
    return model.eval()


adapter, tensors, cases = {}, {}, []
for mode in ["all", "lora"]:
    for parallel in [True, False]:
        for objective, loss_of in [("sft", sft_loss), ("dpo", dpo_loss)]:
            case = f"{mode}-{'parallel' if parallel else 'sequential'}-{objective}"
            model = built(mode, parallel)
            rows = sft_rows if objective == "sft" else dpo_rows
            log_probs = response_log_probs(model, rows).tolist()
            trained = [(plain(n), p) for n, p in model.named_parameters() if p.requires_grad]
            optimizer = torch.optim.Adam([p for _, p in trained], **ADAM)
            losses = []
            for step in range(STEPS + 1):
                optimizer.zero_grad()
                loss = loss_of(model)
                losses.append(loss.item())
                loss.backward()
                if step == 0:
                    for name, parameter in trained:
                        tensors[f"{case}/{name}"] = parameter.grad.clone()
                optimizer.step()
            cases.append(dict(name=case, mode=mode, parallel=parallel, objective=objective, logProbs=log_probs, losses=losses))

save_file(adapter, here / "adapter.safetensors")
save_file(tensors, here / "gradients.safetensors")
document = dict(
    torch=torch.__version__, config=config(True).to_dict(), beta=BETA, adam=ADAM,
    sft=sft_rows, dpo=dpo_rows, reference=dpo_reference, cases=cases,
)
(here / "cases.json").write_text(json.dumps(document, indent=1, default=str) + "\n")
