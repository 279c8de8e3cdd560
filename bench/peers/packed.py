"""
A micro-batch without padding, for best.py. A row is its prompt without the last token, then for each response the
prompt's last token and the response without its own last one: the prompt is computed once, and each target has a token
of its own that predicts it.
"""

import torch


def row_tokens(row):
    return len(row["prompt"]) - 1 + sum(map(len, row["responses"]))


def micro_batches(batch, budget):
    """Places of rows, in parts of about equal numbers of tokens, none over the budget by more than a row."""
    sizes = [row_tokens(row) for row in batch]
    parts = [[] for _ in range(-(-sum(sizes) // budget))]
    loads = [0] * len(parts)
    for i in sorted(range(len(batch)), key=lambda i: -sizes[i]):
        least = loads.index(min(loads))
        parts[least].append(i)
        loads[least] += sizes[i]
    return [part for part in parts if part]


class Packed:
    """
    `ids` and `positions` [tokens]; `targets` [targets]: the tokens that predict; `labels` [targets]; `response`
    [targets]: which response of the part each belongs to. `pieces` and `last_pieces` are attention's work: queries
    (a, b), keys (p, q) of the prompt and (r, s) of their own; `last_pieces` has queries only where targets are, counted
    in targets.
    """

    def __init__(self, part):
        ids, positions, targets, labels, response = [], [], [], [], []
        self.pieces, self.last_pieces = [], []
        self.responses = 0
        for row in part:
            prompt, texts = row["prompt"], row["responses"]
            start, shared = len(ids), len(prompt) - 1
            ids += prompt[:-1]
            positions += range(shared)
            for i, text in enumerate(texts):
                a, t = len(ids), len(targets)
                ids += [prompt[-1], *text[:-1]]
                positions += range(shared, shared + len(text))
                targets += range(a, len(ids))
                labels += text
                response += [self.responses] * len(text)
                self.responses += 1
                own = (a, len(ids))
                # The first response goes on from the prompt's tokens: one causal square with them.
                whole = (start, len(ids))
                self.pieces.append((whole, None, whole) if i == 0 else (own, (start, start + shared), own))
                self.last_pieces.append(((t, len(targets)), (start, start + shared) if shared else None, own))
        self.ids, self.positions = torch.tensor(ids), torch.tensor(positions)
        self.targets, self.labels, self.response = torch.tensor(targets), torch.tensor(labels), torch.tensor(response)


class Attention:
    """Causal attention of packed tokens, row by row, so that no pair of padding is multiplied; forward and backward."""

    def __init__(self, heads, width):
        self.heads, self.width = heads, width
        self.mask = torch.empty(0, 0)

    def _causal(self, queries, keys):
        """What is added to the scores of the last `queries` of `keys` tokens."""
        if keys > len(self.mask):
            self.mask = torch.full((keys, keys), float("-inf")).triu_(1)
        return self.mask[keys - queries : keys, :keys]

    def _split(self, x):
        return x.view(1, len(x), self.heads, -1).transpose(1, 2)  # [1, heads, tokens, head size]

    def _keys(self, k, v, prompt, own):
        if prompt is None:
            return self._split(k[own[0] : own[1]]), self._split(v[own[0] : own[1]]), True, None
        if prompt[1] == own[0]:
            k, v = k[prompt[0] : own[1]], v[prompt[0] : own[1]]
        else:
            k, v = (torch.cat([x[prompt[0] : prompt[1]], x[own[0] : own[1]]]) for x in (k, v))
        return self._split(k), self._split(v), False, self._causal(own[1] - own[0], len(k))

    def forward(self, q, k, v, pieces, out):
        """Writes [queries, width] to `out`; returns what backward needs."""
        normalisers = []
        for (a, b), prompt, own in pieces:
            keys, values, causal, mask = self._keys(k, v, prompt, own)
            mixed, normaliser = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                self._split(q[a:b]), keys, values, 0.0, causal, attn_mask=mask
            )
            out[a:b] = mixed.transpose(1, 2).reshape(b - a, self.width)
            normalisers.append(normaliser)
        return normalisers

    def backward(self, gradient, q, k, v, pieces, out, normalisers, dq, dk, dv):
        """Writes ∂q to `dq`, and adds ∂k and ∂v to `dk` and `dv`."""
        for ((a, b), prompt, own), normaliser in zip(pieces, normalisers):
            keys, values, causal, mask = self._keys(k, v, prompt, own)
            gq, gk, gv = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
                self._split(gradient[a:b]), self._split(q[a:b]), keys, values, self._split(out[a:b]), normaliser, 0.0,
                causal, attn_mask=mask,
            )
            dq[a:b] = gq.transpose(1, 2).reshape(b - a, self.width)
            shared = prompt[1] - prompt[0] if prompt else 0
            for into, of in ((dk, gk), (dv, gv)):
                of = of.transpose(1, 2).reshape(-1, self.width)
                if shared:
                    into[prompt[0] : prompt[1]] += of[:shared]
                into[own[0] : own[1]] += of[shared:]
