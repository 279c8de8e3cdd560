"""`training.py --check`: the hand-written loop's losses and gradients against the plain one's, on small batches."""

import random

import torch

from best import Best
from plain import Plain


def row(draw, vocabulary, responses, lengths):
    ids = lambda count: [draw.randrange(1, vocabulary) for _ in range(count)]
    return dict(prompt=ids(draw.choice(lengths)), responses=[ids(draw.choice(lengths)) for _ in range(responses)])


def check(seed=7):
    draw = random.Random(seed)
    shape = dict(width=64, layers=3, heads=4, vocabulary=211, rank=4)
    for kind in ("sft", "dpo"):
        batch = [row(draw, shape["vocabulary"], 1 if kind == "sft" else 2, [1, 2, 7, 30, 90]) for _ in range(9)]
        options = dict(shape, kind=kind)
        torch.set_grad_enabled(True)
        plain = Plain(options, [batch])
        base = plain.model.get_base_model()
        for name, parameter in base.named_parameters():
            # Biases and gains away from 0 and 1, and an adapter that does something.
            if "lora_B" in name or name.endswith(("bias", "norm.weight", "layernorm.weight")):
                parameter.data.add_(torch.randn(parameter.shape) * 0.1)
        plain.prepare(0)
        loss = plain.gradient(0)
        # A checkpoint's names; transformers 5 calls the head lm_head.
        tensors = {
            name.replace(".base_layer", "").replace("lm_head.", "embed_out."): value.data.clone()
            for name, value in base.named_parameters()
        }
        best = Best(options, [batch], {name: value for name, value in tensors.items() if "lora" not in name})
        best.prepare(0)
        heads, d = shape["heads"], shape["width"]
        by_part = lambda x: x.view(heads, 3, d // heads, -1).transpose(0, 1).reshape(3 * d, -1)
        pairs = []
        for i, layer in enumerate(best.layers):
            module = base.get_submodule(f"gpt_neox.layers.{i}.attention.query_key_value")
            a, b = module.lora_A.default.weight, module.lora_B.default.weight
            layer.a.copy_(a.detach())
            layer.b.copy_(by_part(b.detach()))
            pairs += [(a.grad, layer.a.grad), (by_part(b.grad), layer.b.grad)]
        found = best.gradient(0)
        worst = max((of - to).norm().item() / of.norm().item() for of, to in pairs)
        print(f"{kind}: loss {loss:.6f} plain, {found:.6f} best; gradients differ by {worst:.1e} of their norm (seed {seed})")
        assert abs(loss - found) < 1e-4 * abs(loss), f"{kind}: losses differ"
        assert worst < 1e-3, f"{kind}: gradients differ"
    check_overflow()


def check_overflow():
    """A label less likely than e^−88 takes the head's slow way: same values."""
    from head import _slow, log_probs

    torch.manual_seed(3)
    hidden, head, labels = torch.randn(5, 8) * 30, torch.randn(300, 8), torch.arange(5)
    for got, expected in zip(log_probs(hidden, head, labels, True), _slow(hidden, head, labels, True)):
        torch.testing.assert_close(got, expected)
