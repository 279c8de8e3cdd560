"""
A plain PyTorch + peft loop, written with some care: sdpa, rows sorted by length and padded in parts of a token budget,
logits of response tokens only, reference log-probabilities computed once per row.
"""

import peft
import torch
import torch.nn.functional as F

import rows
from model import lora, neox, versions

# Padded tokens in a part, at most.
BUDGET = 1024


class Plain:
    def __init__(self, options, batches):
        self.kind = options["kind"]
        self.batches = batches
        self.model = peft.get_peft_model(neox(options), lora(options))
        self.model.train()
        self.trained = [each for each in self.model.parameters() if each.requires_grad]
        self.optimizer = torch.optim.Adam(self.trained, lr=rows.LEARNING_RATE, betas=rows.BETAS, fused=True)
        self.reference = {}

    def about(self):
        return dict(versions(), budget=BUDGET)

    def parts(self, batch):
        """Places of rows, sorted by length, cut where the padded tokens would pass the budget."""
        longest = [len(row["prompt"]) + max(map(len, row["responses"])) for row in batch]
        parts, width = [], 0
        for i in sorted(range(len(batch)), key=lambda i: -longest[i]):
            texts = len(batch[i]["responses"])
            if not parts or width * texts * (len(parts[-1]) + 1) > BUDGET:
                parts.append([])
                width = longest[i]
            parts[-1].append(i)
        return parts

    def log_probs(self, part):
        """Log-probability of each response token of these rows, and how many tokens each response has."""
        texts = [(row["prompt"], response) for row in part for response in row["responses"]]
        width = max(len(prompt) + len(response) for prompt, response in texts)
        ids = torch.zeros(len(texts), width, dtype=torch.long)
        seen = torch.zeros(len(texts), width, dtype=torch.long)
        predicts = torch.zeros(len(texts), width, dtype=torch.bool)
        for i, (prompt, response) in enumerate(texts):
            end = len(prompt) + len(response)
            ids[i, :end] = rows.tensor(prompt + response)
            seen[i, :end] = 1
            predicts[i, len(prompt) - 1 : end - 1] = True
        causal = self.model.get_base_model()
        hidden = causal.gpt_neox(input_ids=ids, attention_mask=seen).last_hidden_state[predicts]
        labels = ids[:, 1:][predicts[:, :-1]]
        return -F.cross_entropy(causal.get_output_embeddings()(hidden), labels, reduction="none"), [len(r) for _, r in texts]

    def prepare(self, i):
        """The reference's values of a batch: those of the model without its adapter."""
        if self.kind == "sft" or i in self.reference:
            return
        batch, values = self.batches[i], {}
        with torch.no_grad(), self.model.disable_adapter():
            for part in self.parts(batch):
                log_probs, lengths = self.log_probs([batch[place] for place in part])
                values.update(zip(part, torch.stack([each.sum() for each in log_probs.split(lengths)]).view(-1, 2)))
        self.reference[i] = values

    def gradient(self, i):
        """Fills the gradients for batch `i`; returns the loss."""
        batch = self.batches[i]
        self.optimizer.zero_grad(set_to_none=True)
        targets = sum(len(response) for row in batch for response in row["responses"])
        total = 0.0
        for part in self.parts(batch):
            log_probs, lengths = self.log_probs([batch[place] for place in part])
            if self.kind == "sft":
                loss = -log_probs.sum() / targets
            else:
                sums = torch.stack([each.sum() for each in log_probs.split(lengths)]).view(-1, 2)
                change = sums - torch.stack([self.reference[i][place] for place in part])
                loss = -F.logsigmoid(rows.DPO_BETA * (change[:, 0] - change[:, 1])).sum() / len(batch)
            loss.backward()
            total += loss.item()
        return total

    def step(self, i):
        loss = self.gradient(i)
        torch.nn.utils.clip_grad_norm_(self.trained, rows.CLIP)
        self.optimizer.step()
        return loss
