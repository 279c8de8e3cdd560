"""Makes fixtures/objectives.json: values and derivatives of the preference losses and SFT, by PyTorch's autograd in float64.

    python -m venv .venv-parity && .venv-parity/bin/pip install torch==2.13.0
    .venv-parity/bin/python test/parity/make-objectives.py

Each formula is written from its paper, with the sources in src/objectives: functions of sums of token log-probabilities
of the chosen (w) and the rejected (l) responses, the same under the reference, and lengths.
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def delta(w, l, rw, rl):
    return (w - rw) - (l - rl)


def dpo(m, beta, smoothing=0.0):
    return -(1 - smoothing) * logsigmoid(beta * m) - smoothing * logsigmoid(-beta * m)


def log_odds(mean):
    return mean - torch.log1p(-torch.exp(mean))


losses = {
    "sigmoid": lambda w, l, rw, rl, nw, nl, o: dpo(delta(w, l, rw, rl), o["beta"], o.get("labelSmoothing", 0)),
    "ipo": lambda w, l, rw, rl, nw, nl, o: (
        (delta(w / nw, l / nl, rw / nw, rl / nl) if o.get("perToken") else delta(w, l, rw, rl)) - 1 / (2 * o["beta"])
    ) ** 2,
    "hinge": lambda w, l, rw, rl, nw, nl, o: torch.clamp(1 - o["beta"] * delta(w, l, rw, rl), min=0),
    "rpo": lambda w, l, rw, rl, nw, nl, o: dpo(delta(w, l, rw, rl), o["beta"], o.get("labelSmoothing", 0))
    - o["nllWeight"] * w / nw,
    "simpo": lambda w, l, rw, rl, nw, nl, o: -logsigmoid(o["beta"] / nw * w - o["beta"] / nl * l - o["gamma"]),
    "orpo": lambda w, l, rw, rl, nw, nl, o: -w / nw - o["oddsWeight"] * logsigmoid(log_odds(w / nw) - log_odds(l / nl)),
    "cpo": lambda w, l, rw, rl, nw, nl, o: dpo(w - l, o["beta"], o.get("labelSmoothing", 0))
    - o["nllWeight"] * (w / nw if o.get("perToken") else w),
}

cases = [
    ("sigmoid", dict(beta=0.1)),
    ("sigmoid", dict(beta=0.4, labelSmoothing=0.2)),
    ("ipo", dict(beta=0.1)),
    ("ipo", dict(beta=0.5, perToken=True)),
    ("hinge", dict(beta=0.1)),
    ("rpo", dict(beta=0.1, nllWeight=1)),
    ("rpo", dict(beta=0.3, nllWeight=0.5, labelSmoothing=0.1)),
    ("simpo", dict(beta=2, gamma=0.5)),
    ("simpo", dict(beta=10, gamma=3)),
    ("orpo", dict(oddsWeight=0.1)),
    ("orpo", dict(oddsWeight=1)),
    ("cpo", dict(beta=0.1, nllWeight=1)),
    ("cpo", dict(beta=0.2, nllWeight=0.3, perToken=True, labelSmoothing=0.05)),
]

ROWS = 8
lengths = torch.randint(1, 30, (ROWS, 2))
# Between near certainty and a token in a thousand, so that both branches of log(1 − p) are met.
mean = -torch.exp(torch.empty(ROWS, 2).uniform_(-6, 2))
log_probs = mean * lengths
reference = log_probs + 3 * torch.randn(ROWS, 2)
reference = torch.minimum(reference, torch.tensor(-1e-3))

made = []
for name, options in cases:
    x = log_probs.clone().requires_grad_()
    loss = losses[name](x[:, 0], x[:, 1], reference[:, 0], reference[:, 1], lengths[:, 0], lengths[:, 1], options).mean()
    loss.backward()
    made.append(dict(loss=name, options=options, value=loss.item(), weights=x.grad.flatten().tolist()))

for reduction in ["tokens", "sequences"]:
    x = log_probs[:, 0].clone().requires_grad_()
    value = -x.sum() / (lengths[:, 0].sum() if reduction == "tokens" else ROWS)
    value.backward()
    made.append(dict(loss="nll", options=dict(reduction=reduction), value=value.item(), weights=x.grad.tolist()))

document = dict(
    logProbs=log_probs.flatten().tolist(),
    reference=reference.flatten().tolist(),
    lengths=lengths.flatten().tolist(),
    cases=made,
)
target = Path(__file__).parent / "fixtures" / "objectives.json"
target.write_text(json.dumps(document, indent=1) + "\n")
