"""GPT-NeoX with LoRA as transformers and peft make it, for the peers that use them."""

import peft
import torch
import transformers


def neox(options, attention="sdpa"):
    """The model in the benchmark's shape, random weights."""
    torch.manual_seed(1)
    config = transformers.GPTNeoXConfig(
        hidden_size=options["width"], num_hidden_layers=options["layers"], num_attention_heads=options["heads"],
        intermediate_size=4 * options["width"], vocab_size=options["vocabulary"], use_cache=False,
    )
    config._attn_implementation = attention
    return transformers.GPTNeoXForCausalLM(config)


def lora(options):
    return peft.LoraConfig(
        r=options["rank"], lora_alpha=options["rank"], target_modules=["query_key_value"], lora_dropout=0.0,
        task_type="CAUSAL_LM",
    )


def versions():
    return dict(torch=torch.__version__, transformers=transformers.__version__, peft=peft.__version__)
