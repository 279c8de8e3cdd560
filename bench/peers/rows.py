"""The rows that bench/training.ts wrote, and the weights of the model in the shape it names."""

import json

import torch

LEARNING_RATE = 1e-4
BETAS = (0.9, 0.95)
CLIP = 1.0
DPO_BETA = 0.1


def read(path):
    """Batches of rows `{"prompt": ids, "responses": [ids, …]}`; one response for SFT, chosen and rejected for DPO."""
    with open(path) as file:
        return json.load(file)


def counted_tokens(batch):
    """Prompt and response tokens, a prompt once per response: what a trainer without padding would see."""
    return sum(len(row["prompt"]) + len(response) for row in batch for response in row["responses"])


def tensor(ids):
    return torch.tensor(ids, dtype=torch.long)
