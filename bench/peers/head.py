"""Log-probabilities of targets and their gradients in one pass over blocks of the vocabulary, for best.py."""

import torch

# Logits held at a time: what a processor's cache holds.
BLOCK_LOGITS = 2**21


def log_probs(hidden, head, labels, gradient):
    """
    log p(label) [targets], and with `gradient` its ∂/∂hidden [targets, width], else None.

    Every logit has its target's label's logit subtracted, so log p = −log Σ exp(logit); no maximum is looked for. Where
    a label's probability is below e^−88 that sum overflows, and the slower way is taken.
    """
    of_label = head[labels]
    shift = (hidden * of_label).sum(1, keepdim=True)
    total = torch.zeros(len(hidden))
    mixed = torch.zeros_like(hidden) if gradient else None
    size = min(len(head), max(64, BLOCK_LOGITS // len(hidden) // 16 * 16))
    buffer = torch.empty(len(hidden) * size)
    for start in range(0, len(head), size):
        block = head[start : start + size]
        logits = buffer[: len(hidden) * len(block)].view(len(hidden), len(block))
        torch.mm(hidden, block.t(), out=logits)
        logits.sub_(shift).exp_()
        total += logits.sum(1)
        if gradient:
            mixed.addmm_(logits, block)
    if not (total.isfinite().all() and (mixed is None or mixed.isfinite().all())):
        return _slow(hidden, head, labels, gradient)
    if gradient:
        mixed.div_(total[:, None]).neg_().add_(of_label)
    return total.log_().neg_(), mixed


def _slow(hidden, head, labels, gradient):
    found, mixed = torch.empty(len(hidden)), torch.empty_like(hidden) if gradient else None
    for start in range(0, len(hidden), 64):
        at = slice(start, start + 64)
        each = torch.log_softmax(hidden[at] @ head.t(), -1)
        found[at] = each.gather(1, labels[at, None])[:, 0]
        if gradient:
            mixed[at] = head[labels[at]] - each.exp_() @ head
    return found, mixed
