"""
The best PyTorch loop written by hand for this step: forward and backward spelled out, no autograd.

- rows packed without padding; attention row by row (flash kernel); a DPO prompt computed once for both responses;
- log-probabilities and their gradient in one pass over blocks of the vocabulary, for response tokens only;
- micro-batches of about equal numbers of tokens; the reference's log-probabilities computed once;
- no gradient of frozen weights, none below the first adapter; the last layer computes queries and MLP at targets only;
- norms' gains and biases folded into the frozen weights behind them (both norms of a layer then are one), the adapter
  merged into its weight once a step, so that a layer is two multiplications in and one out;
- buffers stay with the process (no page faults), no denormal numbers.
"""

import ctypes
import os
import sys

import torch
import torch.nn.functional as F

import rows
from head import log_probs
from packed import Attention, Packed, micro_batches

# Tokens in a micro-batch, about: 8 to 10% faster than 1,024, for some 100 MB more.
BUDGET = int(os.environ.get("BENCH_BUDGET", 2048))
EPSILON = 1e-5
aten = torch.ops.aten


def keep_memory():
    """glibc gives large blocks back to the system at once, and each new one costs its page faults."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(-3, 2**30)  # M_MMAP_THRESHOLD
            libc.mallopt(-1, 2**30)  # M_TRIM_THRESHOLD


class Layer:
    """
    A GPT-NeoX layer with parallel residual. Rows of `into`: the MLP's 4 d, then query, key and value, then the
    adapter's A; columns of `out`: the MLP's 4 d, then attention's d.
    """

    def __init__(self, weights, options, attention):
        d = self.width = options["width"]
        heads, r = options["heads"], options["rank"]
        self.attention = attention
        # A head's query, key and value lie together in the checkpoint; here all heads' queries do.
        by_part = lambda x: x.view(heads, 3, d // heads, -1).transpose(0, 1).reshape(3 * d, -1)
        self.gain, self.shift = weights["input_layernorm.weight"], weights["input_layernorm.bias"]
        gain, shift = weights["post_attention_layernorm.weight"], weights["post_attention_layernorm.bias"]
        qkv, up = by_part(weights["attention.query_key_value.weight"]), weights["mlp.dense_h_to_4h.weight"]
        self.qkv = qkv * self.gain
        self.qkv_bias = by_part(weights["attention.query_key_value.bias"])[:, 0] + qkv @ self.shift
        self.into = torch.empty(7 * d + r, d)
        self.bias = torch.empty(7 * d + r)
        torch.mul(up, gain, out=self.into[: 4 * d])
        self.bias[: 4 * d] = weights["mlp.dense_h_to_4h.bias"] + up @ shift
        self.out = torch.cat([weights["mlp.dense_4h_to_h.weight"], weights["attention.dense.weight"]], 1)
        self.out_bias = weights["mlp.dense_4h_to_h.bias"] + weights["attention.dense.bias"]
        self.a = torch.nn.Parameter(torch.empty(r, d).uniform_(-(d**-0.5), d**-0.5))
        self.b = torch.nn.Parameter(torch.zeros(3 * d, r))
        for parameter in (self.a, self.b):
            parameter.grad = torch.zeros_like(parameter)

    def merge(self):
        """The adapter's present values into the weights (its scale, alpha / rank, is 1)."""
        d = self.width
        low, product = self.a * self.gain, self.into[4 * d : 7 * d]
        torch.addmm(self.qkv, self.b, low, out=product)
        self.bias[4 * d : 7 * d] = self.qkv_bias + self.b @ (self.a @ self.shift)
        self.into[7 * d :] = low
        self.bias[7 * d :] = self.a @ self.shift

    def forward(self, x, at, turn, pieces, saved):
        """`at`: the tokens that the next layer needs, None for all. Appends to `saved` (if any) what backward needs."""
        d = self.width
        normed, mean, deviation = aten.native_layer_norm(x, [d], None, None, EPSILON)
        mine, x_mine = (normed, x) if at is None else (normed[at], x[at])
        asked = torch.addmm(self.bias[: 5 * d], mine, self.into[: 5 * d].t())  # MLP, query
        given = torch.addmm(self.bias[5 * d :], normed, self.into[5 * d :].t())  # key, value, A
        turn(asked[:, 4 * d :], at, 1)
        turn(given[:, :d], None, 1)
        both = torch.empty(len(mine), 5 * d)
        aten.gelu.out(asked[:, : 4 * d], out=both[:, : 4 * d])
        mixed = both[:, 4 * d :]
        normalisers = self.attention.forward(asked[:, 4 * d :], given[:, :d], given[:, d : 2 * d], pieces, mixed)
        if saved is not None:
            saved.append((x, normed, mean, deviation, asked, given, mixed.contiguous(), normalisers))
        return torch.addmm(self.out_bias, both, self.out.t()).add_(x_mine)

    def backward(self, gradient, at, turn, pieces, saved, first):
        """∂loss/∂x from ∂loss/∂(output), and the adapter's gradients added to; None where `first`."""
        d = self.width
        x, normed, mean, deviation, asked, given, mixed, normalisers = saved
        of_asked, of_given = torch.empty(len(asked), 5 * d), torch.zeros(len(x), 2 * d)
        if not first:
            aten.gelu_backward.grad_input(
                gradient @ self.out[:, : 4 * d], asked[:, : 4 * d], grad_input=of_asked[:, : 4 * d]
            )
        self.attention.backward(
            gradient @ self.out[:, 4 * d :], asked[:, 4 * d :], given[:, :d], given[:, d : 2 * d], pieces, mixed,
            normalisers, of_asked[:, 4 * d :], of_given[:, :d], of_given[:, d:],
        )
        turn(of_asked[:, 4 * d :], at, -1)
        turn(of_given[:, :d], None, -1)
        query, low = of_asked[:, 4 * d :], given[:, 2 * d :]
        self.b.grad[:d].addmm_(query.t(), low if at is None else low[at])
        self.b.grad[d:].addmm_(of_given.t(), low)
        of_low = of_given @ self.b[d:]
        add_at(of_low, at, query @ self.b[:d])
        self.a.grad.add_((of_low.t() @ normed).mul_(self.gain)).addcmul_(of_low.sum(0)[:, None], self.shift)
        if first:
            return None
        of_normed = of_given @ self.into[5 * d : 7 * d]
        add_at(of_normed, at, of_asked @ self.into[: 5 * d])
        of_x = aten.native_layer_norm_backward(
            of_normed, x, [d], mean, deviation, None, None, [True, False, False]
        )[0]
        return add_at(of_x, at, gradient)


def add_at(into, at, rows):
    return into.add_(rows) if at is None else into.index_add_(0, at, rows)


class Best:
    def __init__(self, options, batches, weights=None):
        keep_memory()
        torch.set_flush_denormal(True)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        self.kind, self.batches = options["kind"], batches
        self.heads, self.layers_count = options["heads"], options["layers"]
        d = options["width"]
        self.turned = d // options["heads"] // 4  # rotary_pct 0.25
        weights = weights or random_weights(options)
        attention = Attention(options["heads"], d)
        self.layers = []
        for i in range(options["layers"]):
            prefix = f"gpt_neox.layers.{i}."
            names = [name for name in weights if name.startswith(prefix)]
            self.layers.append(Layer({name[len(prefix) :]: weights.pop(name) for name in names}, options, attention))
        self.embedding, self.head = weights["gpt_neox.embed_in.weight"], weights["embed_out.weight"]
        self.norm = [weights[f"gpt_neox.final_layer_norm.{name}"] for name in ("weight", "bias")]
        self.trained = [each for layer in self.layers for each in (layer.a, layer.b)]
        self.optimizer = torch.optim.Adam(self.trained, lr=rows.LEARNING_RATE, betas=rows.BETAS, fused=True)
        self.reference = {}

    def about(self):
        return dict(torch=torch.__version__, budget=BUDGET)

    def turns(self, positions):
        """Rotary positions (half-split, as in GPT-NeoX), applied in place; `way` −1 turns back."""
        half = self.turned // 2
        frequencies = 10_000 ** (-torch.arange(0, self.turned, 2, dtype=torch.float32) / self.turned)
        angles = (positions[:, None].float() * frequencies)[:, None]  # [tokens, 1, half]
        cos, sin = angles.cos(), angles.sin()

        def turn(x, at, way):
            x = x.unflatten(1, (self.heads, -1))
            c, s = (cos, sin) if at is None else (cos[at], sin[at])
            first, second = x[..., :half], x[..., half : 2 * half]
            turned = first * c - second * (s * way)
            second.mul_(c).add_(first * (s * way))
            first.copy_(turned)

        return turn

    def log_probs(self, packed, weights_of=None):
        """Log-probability of each target; with `weights_of` (from them to ∂loss/∂each) adds the gradient, too."""
        turn = self.turns(packed.positions)
        saved = [] if weights_of else None
        x = self.embedding[packed.ids]
        last = self.layers[-1]
        places = {id(last): (packed.targets, packed.last_pieces)}
        for layer in self.layers:
            at, pieces = places.get(id(layer), (None, packed.pieces))
            x = layer.forward(x, at, turn, pieces, saved)
        hidden, mean, deviation = aten.native_layer_norm(x, [len(self.norm[0])], *self.norm, EPSILON)
        found, gradient = log_probs(hidden, self.head, packed.labels, weights_of is not None)
        if weights_of is None:
            return found
        gradient.mul_(weights_of(found)[:, None])
        gradient = aten.native_layer_norm_backward(
            gradient, x, [len(self.norm[0])], mean, deviation, *self.norm, [True, False, False]
        )[0]
        for layer in reversed(self.layers):
            at, pieces = places.get(id(layer), (None, packed.pieces))
            gradient = layer.backward(gradient, at, turn, pieces, saved.pop(), layer is self.layers[0])
        return found

    def sums(self, packed, found):
        return torch.zeros(packed.responses).index_add_(0, packed.response, found)

    def parts(self, i):
        return [(part, Packed([self.batches[i][place] for place in part])) for part in micro_batches(self.batches[i], BUDGET)]

    def prepare(self, i):
        if self.kind == "sft" or i in self.reference:
            return
        for layer in self.layers:
            layer.merge()
        self.reference[i] = {}
        for part, packed in self.parts(i):
            self.reference[i].update(zip(part, self.sums(packed, self.log_probs(packed)).view(-1, 2)))

    def gradient(self, i):
        batch = self.batches[i]
        targets = sum(len(response) for row in batch for response in row["responses"])
        for layer in self.layers:
            layer.merge()
            layer.a.grad.zero_()
            layer.b.grad.zero_()
        total = 0.0
        for part, packed in self.parts(i):
            losses = []

            def sft(found):
                losses.append(-found.sum() / targets)
                return torch.full_like(found, -1 / targets)

            def dpo(found):
                change = self.sums(packed, found).view(-1, 2) - torch.stack([self.reference[i][each] for each in part])
                margin = rows.DPO_BETA * (change[:, 0] - change[:, 1])
                losses.append(-F.logsigmoid(margin).sum() / len(batch))
                weight = -rows.DPO_BETA * torch.sigmoid(-margin) / len(batch)
                return torch.stack([weight, -weight], 1).flatten()[packed.response]

            self.log_probs(packed, sft if self.kind == "sft" else dpo)
            total += losses[0].item()
        return total

    def step(self, i):
        loss = self.gradient(i)
        torch.nn.utils.clip_grad_norm_(self.trained, rows.CLIP)
        self.optimizer.step()
        return loss


def random_weights(options):
    d, vocabulary = options["width"], options["vocabulary"]
    matrix = lambda *shape: torch.empty(*shape).normal_(0, 0.02)
    weights = {"gpt_neox.embed_in.weight": matrix(vocabulary, d), "embed_out.weight": matrix(vocabulary, d)}
    norms = {"gpt_neox.final_layer_norm": d}
    for i in range(options["layers"]):
        layer = f"gpt_neox.layers.{i}."
        norms |= {f"{layer}input_layernorm": d, f"{layer}post_attention_layernorm": d}
        for name, to, of in (
            ("attention.query_key_value", 3 * d, d), ("attention.dense", d, d),
            ("mlp.dense_h_to_4h", 4 * d, d), ("mlp.dense_4h_to_h", d, 4 * d),
        ):
            weights[f"{layer}{name}.weight"], weights[f"{layer}{name}.bias"] = matrix(to, of), torch.zeros(to)
    for name, size in norms.items():
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.ones(size), torch.zeros(size)
    return weights
