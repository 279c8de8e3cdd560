"""
TRL's trainers as peers. Both train inside the trainer: a callback waits for each question before a step begins.

- `trl`: as people run it. The batch in one piece, defaults otherwise (among them gradient checkpointing), but float32
  instead of bfloat16, as all peers; DPO with `precompute_ref_log_probs`, which is not counted.
- `trl-best`: micro-batches of MICRO rows of like length with gradient accumulation, no gradient checkpointing.

TRL's padding-free batches and packing need FlashAttention 2 or 3, which a CPU has not; its loss is computed in chunks
already.
"""

import os
import tempfile
import time

cache = tempfile.TemporaryDirectory()
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TQDM_DISABLE="1", HF_DATASETS_CACHE=cache.name)

import datasets
import tokenizers
import torch
import transformers
import trl

import rows
from model import lora, neox, versions
from protocol import answer, peak_megabytes, question

# Rows (pairs, for DPO) in a micro-batch of trl-best: the fastest of 1, 2 and 4 (SFT), which also takes the least memory.
MICRO = dict(sft=int(os.environ.get("BENCH_MICRO", 1)), dpo=int(os.environ.get("BENCH_MICRO", 1)))

datasets.disable_progress_bars()
transformers.logging.set_verbosity_error()


def tokenizer(vocabulary):
    """Word 17 is token 17; token 0 ends a text."""
    words = {"<end>": 0} | {str(i): i for i in range(1, vocabulary)}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<end>"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<end>", pad_token="<end>", model_max_length=10**6
    )


def text(ids):
    """Space-separated words, each with one after it; the trainers add the end token."""
    return "".join(f"{i} " for i in ids if i)


class Ask(transformers.TrainerCallback):
    """Waits for a question before a step, answers it after the step."""

    def on_step_begin(self, args, state, control, **_):
        words = question()
        if words is None or words[0] == "end":
            answer(dict(peakMegabytes=peak_megabytes()))
            os._exit(0)  # the trainer would finish its step
        if int(words[-1]) != state.global_step:
            raise ValueError(f"asked for batch {words[-1]}, but the trainer is at {state.global_step}")
        self.start, self.used = time.perf_counter(), time.process_time()

    def on_step_end(self, args, state, control, **_):
        answer(
            dict(seconds=time.perf_counter() - self.start, processor=time.process_time() - self.used, loss=self.loss())
        )


def run(peer, options, batches):
    kind, best = options["kind"], peer == "trl-best"
    size = len(batches[0])
    micro = min(MICRO[kind], size) if best else size
    if best:
        longest = lambda row: len(row["prompt"]) + max(map(len, row["responses"]))
        batches = [sorted(batch, key=longest) for batch in batches]
    # One batch more than asked for: the trainer waits at its beginning for the end.
    every = [row for batch in [*batches, batches[0]] for row in batch]
    columns = dict(sft=["completion"], dpo=["chosen", "rejected"])[kind]
    data = datasets.Dataset.from_list(
        [dict(zip(["prompt", *columns], [text(row["prompt"]), *map(text, row["responses"])])) for row in every]
    )
    settings = dict(
        output_dir=cache.name, per_device_train_batch_size=micro, gradient_accumulation_steps=size // micro,
        train_sampling_strategy="sequential", learning_rate=rows.LEARNING_RATE, adam_beta1=rows.BETAS[0],
        adam_beta2=rows.BETAS[1], max_grad_norm=rows.CLIP, lr_scheduler_type="constant", num_train_epochs=1, bf16=False,
        use_cpu=True, report_to="none", save_strategy="no", disable_tqdm=True,
    )
    if best:
        settings["gradient_checkpointing"] = False
    ask = Ask()
    if kind == "sft":
        config, trainer = trl.SFTConfig(**settings), trl.SFTTrainer
    else:
        config, trainer = trl.DPOConfig(**settings, beta=rows.DPO_BETA, precompute_ref_log_probs=True), trl.DPOTrainer
    words = question()  # start
    trainer = trainer(
        neox(options), args=config, train_dataset=data, processing_class=tokenizer(options["vocabulary"]),
        peft_config=lora(options), callbacks=[ask],
    )
    check_rows(kind, trainer.train_dataset, every)
    losses = []
    compute = trainer.compute_loss

    def counted(*args, **kwargs):
        loss = compute(*args, **kwargs)
        losses.append(loss.detach())
        return loss

    def loss():
        # SFT's loss is over all targets of the batch, so its micro-batches' losses add up; DPO's are means.
        value = torch.stack(losses).sum() if kind == "sft" else torch.stack(losses).mean()
        losses.clear()
        return value.item()

    trainer.remove_callback(transformers.PrinterCallback)
    trainer.compute_loss = counted
    ask.loss = loss
    answer(dict(versions(), trl=trl.__version__, rows=micro, accumulation=size // micro, asked=words[0]))
    trainer.train()


def check_rows(kind, dataset, every):
    """The trainer's token ids are those that the other peers train on."""
    for made, row in zip(dataset, every, strict=True):
        if kind == "sft":
            found, expected = made["input_ids"], row["prompt"] + row["responses"][0]
        else:
            found = made["prompt_ids"] + made["chosen_ids"] + made["rejected_ids"]
            expected = row["prompt"] + row["responses"][0] + row["responses"][1]
        if found != expected:
            raise ValueError(f"the trainer's row has {len(found)} tokens, not the {len(expected)} given, or others")
