"""Makes fixtures/: small models with random weights, and what PyTorch says of them.

    python -m venv .venv-parity && .venv-parity/bin/pip install torch==2.13.0
    .venv-parity/bin/pip install transformers==5.23.0 peft==0.21.2
    .venv-parity/bin/python test/parity/make-fixtures.py

GPT-NeoX (fixtures/): parallel and sequential residual. Llama (fixtures/llama/): grouped queries with llama3's rotary
scaling; and a single key head, a tied head, biases and linear scaling. Of each: losses, gradients and ten Adam steps of
SFT and DPO, with LoRA (PEFT) and with all weights, on ragged batches that are padded here, as Hugging Face's trainers
do it, and packed by this library.
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM

fixtures = Path(__file__).parent / "fixtures"
torch.manual_seed(7)
torch.set_num_threads(1)

BETA = 0.3
ADAM = dict(lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
STEPS = 10


def neox(parallel):
    return GPTNeoXConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=64,
        max_position_embeddings=64, use_parallel_residual=parallel, tie_word_embeddings=False,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
        bos_token_id=0, eos_token_id=0, attn_implementation="eager",
    )


def llama(**options):
    return LlamaConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=64,
        max_position_embeddings=128, bos_token_id=0, eos_token_id=0, attn_implementation="eager", **options,
    )


# Of four frequencies, llama3 keeps the first, mixes the second and divides the others.
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LINEAR = {"rope_type": "linear", "rope_theta": 500.0, "factor": 2.0}


def random_weights(model_class, config):
    weights = model_class(config).state_dict()
    for name, tensor in weights.items():
        if name.endswith("norm.weight"):
            weights[name] = 1 + 0.2 * torch.randn_like(tensor)
        elif name.endswith("bias"):
            weights[name] = 0.2 * torch.randn_like(tensor)
        else:
            weights[name] = torch.randn_like(tensor) / tensor.shape[1] ** 0.5
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return weights


def text(length):
    return torch.randint(0, 64, (length,)).tolist()


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


def sft_loss(model, rows):
    tokens = sum(len(row["responses"][0]) for row in rows["sft"])
    return -response_log_probs(model, rows["sft"]).sum() / tokens


def dpo_loss(model, rows):
    change = response_log_probs(model, rows["dpo"]) - torch.tensor(rows["reference"])
    return -torch.nn.functional.logsigmoid(BETA * (change[0::2] - change[1::2])).mean()


def plain(name):
    """PEFT's name in the file: its name in memory has the adapter's own, "default"."""
    return name.replace(".default.", ".")


class Recorder:
    """The cases of one family, and the tensors that belong to them."""

    def __init__(self, model_class, rows, on_disk=lambda name: name):
        self.model_class, self.rows, self.on_disk = model_class, rows, on_disk
        self.weights, self.adapter, self.gradients, self.updates, self.cases = {}, {}, {}, {}, []

    def add(self, name, config, weights, prefix="", lora=None):
        """Records SFT and DPO; `prefix` is that of the weights' and the adapter's names in their files."""
        for key, tensor in weights.items():
            if not (config.tie_word_embeddings and key == "lm_head.weight"):
                self.weights[prefix + self.on_disk(key)] = tensor
        for objective, loss_of in [("sft", sft_loss), ("dpo", dpo_loss)]:
            self.record(f"{name}-{objective}", objective, loss_of, config, weights, prefix, lora)

    def built(self, config, weights, prefix, lora):
        model = self.model_class(config)
        model.load_state_dict(weights)
        if lora:
            model = get_peft_model(model, LoraConfig(
                r=lora["rank"], lora_alpha=lora["alpha"], use_rslora=lora["rslora"], lora_dropout=0.0,
                target_modules=lora["targets"] if len(lora["targets"]) > 1 else lora["targets"][0],
            ))
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    fresh = torch.randn_like(parameter) * 0.2
                    parameter.data = self.adapter.setdefault(prefix + plain(name), fresh).clone()
        return model.eval()

    def record(self, case, objective, loss_of, config, weights, prefix, lora):
        model = self.built(config, weights, prefix, lora)
        log_probs = response_log_probs(model, self.rows[objective]).tolist()
        trained = [(self.on_disk(plain(n)), p) for n, p in model.named_parameters() if p.requires_grad]
        start = {name: parameter.detach().clone() for name, parameter in trained}
        optimizer = torch.optim.Adam([p for _, p in trained], **ADAM)
        losses = []
        for step in range(STEPS + 1):
            optimizer.zero_grad()
            loss = loss_of(model, self.rows)
            losses.append(loss.item())
            loss.backward()
            if step == 0:
                for name, parameter in trained:
                    self.gradients[f"{case}/{name}"] = parameter.grad.clone()
            if step == STEPS:
                break
            optimizer.step()
        for name, parameter in trained:
            self.updates[f"{case}/{name}"] = parameter.detach() - start[name]
        self.cases.append(dict(
            name=case, config=config.to_dict(), weights=prefix, lora=lora, objective=objective, logProbs=log_probs,
            losses=losses,
        ))

    def save(self, directory):
        directory.mkdir(exist_ok=True)
        for name in ["weights", "adapter", "gradients", "updates"]:
            save_file(getattr(self, name), directory / f"{name}.safetensors")
        document = dict(torch=torch.__version__, beta=BETA, adam=ADAM, **self.rows, cases=self.cases)
        (directory / "cases.json").write_text(json.dumps(document, indent=1, default=str) + "\n")


def lora_of(*targets, rslora=False):
    return dict(rank=4, alpha=8, targets=targets, rslora=rslora, dropout=0)


neox_weights = random_weights(GPTNeoXForCausalLM, neox(True))
rows = dict(
    sft=[dict(prompt=text(p), responses=[text(r)]) for p, r in [(1, 9), (7, 3), (4, 14), (12, 1), (3, 6)]],
    dpo=[
        dict(prompt=text(p), responses=[text(c), text(r)])
        for p, c, r in [(1, 5, 8), (9, 2, 4), (5, 11, 1), (3, 7, 7)]
    ],
)
rows["reference"] = (-20 * torch.rand(2 * len(rows["dpo"]))).tolist()

# transformers 5 calls the head `lm_head` in memory.
recorder = Recorder(GPTNeoXForCausalLM, rows, on_disk=lambda name: name.replace("lm_head.", "embed_out."))
every_linear = lora_of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h")
for mode, lora in [("all", None), ("lora", every_linear)]:
    for parallel in [True, False]:
        name = f"{mode}-{'parallel' if parallel else 'sequential'}"
        recorder.add(name, neox(parallel), neox_weights, lora=lora)
recorder.save(fixtures)

recorder = Recorder(LlamaForCausalLM, rows)
variants = dict(
    grouped=llama(num_key_value_heads=2, rope_parameters=LLAMA3),
    tied=llama(
        num_key_value_heads=1, head_dim=6, rope_parameters=LINEAR, tie_word_embeddings=True, attention_bias=True,
        mlp_bias=True,
    ),
)
for variant, config in variants.items():
    weights = random_weights(LlamaForCausalLM, config)
    recorder.add(f"all-{variant}", config, weights, prefix=f"{variant}/")
    lora = lora_of("all-linear", rslora=variant == "tied")
    recorder.add(f"lora-{variant}", config, weights, prefix=f"{variant}/", lora=lora)
recorder.save(fixtures / "llama")
