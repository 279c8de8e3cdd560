"""Makes fixtures/gguf-*: small GGUF files, and what gguf, transformers and tokenizers say of them.

    .venv-parity/bin/pip install torch==2.13.0 transformers==5.23.0 gguf==0.19.0
    .venv-parity/bin/python test/parity/make-gguf-fixtures.py

gguf-types.gguf has a tensor of random blocks of each type, gguf-types.safetensors their values as the gguf package gives
them. gguf-llama.gguf and gguf-neox.gguf are small random models (grouped queries; both with a byte-level BPE), in the
names and the order of rows that llama.cpp's conversion gives them; the .safetensors beside them has transformers'
own tensors, gguf-models.json config, log-probabilities and token ids.
"""

import json
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM

here = Path(__file__).parent / "fixtures"
torch.manual_seed(11)
torch.set_num_threads(1)
random = np.random.default_rng(11)


def types():
    """Random bytes, with the 16-bit scales at these places of a block replaced by ordinary numbers."""
    scales = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
    size = {"Q4_0": 18, "Q4_1": 20, "Q5_0": 22, "Q5_1": 24, "Q8_0": 34, "Q4_K": 144, "Q5_K": 176, "Q6_K": 210}
    writer = GGUFWriter(here / "gguf-types.gguf", "llama")
    expected = {}
    for name, places in scales.items():
        values = 256 if name.endswith("K") else 32
        blocks = random.integers(0, 256, (2, 512 // values, size[name]), dtype=np.uint8)
        for place in places:
            blocks[:, :, place : place + 2] = random.normal(size=blocks.shape[:2]).astype(np.float16)[..., None].view(np.uint8)
        raw = blocks.reshape(2, -1)
        kind = GGMLQuantizationType[name]
        writer.add_tensor(name, raw, raw_dtype=kind)
        expected[name] = dequantize(raw, kind)
    values = random.normal(size=(2, 3, 4)).astype(np.float32)
    writer.add_tensor("F32", values)
    writer.add_tensor("F16", values.astype(np.float16))
    half = torch.from_numpy(values).bfloat16()
    writer.add_tensor("BF16", half.view(torch.uint8).numpy(), raw_dtype=GGMLQuantizationType.BF16)
    expected |= {"F32": values, "F16": values.astype(np.float16).astype(np.float32), "BF16": half.float().numpy()}
    finish(writer)
    save_file({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in expected.items()}, here / "gguf-types.safetensors")


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CORPUS = [
    "It's 1999, isn't it? 12345 + 67.8 = 12412.8, and 1999 again in 12345.",
    "lower newest lowest wider newer low; THE END'S near, the end's near",
    "naïve — 東京 🐳 na\u0131ve cafe\u0301 café  two  spaces\n\nlines\n\n\nlines \t tabs",
] * 20
TEXTS = [
    "It's 1999, isn't it?  12345 + 67.8 = ½ or ²", "THE END'S NEAR'S lower\r\n\r\n  newest ", "cafe\u0301 café naïve — 東京 🐳", "\u0085 \u00a0 \ufeff x",
    "<|end|>low<|start|>er <think>hm</think>  ", "",
]


def tokenizer(pre, nfc=False, ignore_merges=False):
    """A byte-level BPE with an end and a start token, and two tokens that are not special."""
    made = Tokenizer(models.BPE())
    cut = {
        "digits": [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "gpt2": [pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "llama3": [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)],
    }
    made.pre_tokenizer = pre_tokenizers.Sequence(cut[pre])
    if nfc:
        made.normalizer = normalizers.NFC()
    made.decoder = decoders.ByteLevel()
    specials = ["<|end|>", "<|start|>"]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    made.train_from_iterator(CORPUS, trainer)
    definition = json.loads(made.to_str())
    definition["model"]["ignore_merges"] = ignore_merges
    made = Tokenizer.from_str(json.dumps(definition))
    made.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    return made


def add_tokenizer(writer, made, pre, add_bos=None):
    size = made.get_vocab_size()
    tokens = [made.id_to_token(i) for i in range(size)]
    merges = json.loads(made.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    if pre is not None:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3 if t in ("<|end|>", "<|start|>") else 4 if t in ("<think>", "</think>") else 1 for t in tokens])
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(0)
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    return [dict(text=text, ids=made.encode(text, add_special_tokens=False).ids) for text in TEXTS]


def log_probs(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
    return logits.gather(-1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def spread(model):
    for name, parameter in model.named_parameters():
        parameter.data = torch.randn_like(parameter) * (0.3 if parameter.dim() > 1 else 0.1) + (1 if "norm" in name and "weight" in name else 0)
    return model.eval()


def llama(document):
    made = tokenizer("llama3", ignore_merges=True)
    size = made.get_vocab_size()
    config = LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=size, rms_norm_eps=1e-5,
        max_position_embeddings=64, tie_word_embeddings=True, bos_token_id=1, eos_token_id=0,
        rope_parameters=dict(
            rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192
        ),
        head_dim=32, attn_implementation="eager",
    )
    model = spread(LlamaForCausalLM(config))
    state = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    writer = GGUFWriter(here / "gguf-llama.gguf", "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_feed_forward_length(48)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_key_length(32)
    writer.add_value_length(32)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000.0)
    writer.add_rope_dimension_count(32)
    writer.add_vocab_size(size)
    texts = add_tokenizer(writer, made, "llama-bpe")
    inner = {
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
        "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    }
    # The factors that llama.cpp's conversion computes from `rope_scaling`.
    rotary = model.model.rotary_emb
    plain = 1.0 / (500000.0 ** (torch.arange(0, 32, 2, dtype=torch.float32) / 32))
    writer.add_tensor("rope_freqs.weight", (plain / rotary.inv_freq).numpy())
    for name, tensor in state.items():
        if name.startswith("model.layers."):
            _, _, block, rest = name.split(".", 3)
            module, kind = rest.rsplit(".", 1)
            if inner[module] in ("attn_q", "attn_k"):
                heads = 4 if inner[module] == "attn_q" else 2
                tensor = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(tensor.shape)
            writer.add_tensor(f"blk.{block}.{inner[module]}.{kind}", tensor.contiguous().numpy())
        else:
            writer.add_tensor({"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name], tensor.numpy())
    finish(writer)
    save_file(state, here / "gguf-llama.safetensors")
    # transformers reads rows and names in the same way (it leaves the positions' scaling out).
    back = AutoModelForCausalLM.from_pretrained(here, gguf_file="gguf-llama.gguf", dtype=torch.float32).state_dict()
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())
    ids = made.encode("It's the lowest, isn't it? 1999 naïve").ids
    rope = {k: v for k, v in config.rope_parameters.items()}
    document["llama"] = dict(vocabulary=size, rope=rope, texts=texts, ids=ids, logProbs=log_probs(model, ids))


def neox(document):
    made = tokenizer("gpt2", nfc=True)
    size = made.get_vocab_size()
    config = GPTNeoXConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, vocab_size=size, max_position_embeddings=64,
        tie_word_embeddings=False, bos_token_id=1, eos_token_id=0, layer_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}, attn_implementation="eager",
    )
    model = spread(GPTNeoXForCausalLM(config))
    state = {name.replace("lm_head.", "embed_out."): tensor for name, tensor in model.state_dict().items()}
    writer = GGUFWriter(here / "gguf-neox.gguf", "gptneox")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_feed_forward_length(64)
    writer.add_rope_dimension_count(4)
    writer.add_head_count(4)
    writer.add_parallel_residual(True)
    writer.add_layer_norm_eps(1e-5)
    texts = add_tokenizer(writer, made, None)
    inner = {
        "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "attention.query_key_value": "attn_qkv", "attention.dense": "attn_output",
        "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    }
    outer = {"gpt_neox.embed_in": "token_embd", "gpt_neox.final_layer_norm": "output_norm", "embed_out": "output"}
    for name, tensor in state.items():
        module, kind = name.rsplit(".", 1)
        if module.startswith("gpt_neox.layers."):
            _, _, block, module = module.split(".", 3)
            if inner[module] == "attn_qkv":
                parts = tensor.reshape(4, 3, 8, -1)
                tensor = torch.cat([parts[:, i].reshape(32, -1) for i in range(3)]).reshape(tensor.shape)
            writer.add_tensor(f"blk.{block}.{inner[module]}.{kind}", tensor.contiguous().numpy())
        else:
            writer.add_tensor(f"{outer[module]}.{kind}", tensor.numpy())
    finish(writer)
    save_file(state, here / "gguf-neox.safetensors")
    ids = made.encode("It's the lowest, isn't it? 1999 naïve").ids
    document["neox"] = dict(vocabulary=size, texts=texts, ids=ids, logProbs=log_probs(model, ids))


def cuts(document):
    """Token ids by each way to cut words, over one vocabulary each."""
    for pre, name, options in [("digits", "smollm", {}), ("gpt2", "gpt-2", {}), ("llama3", "llama-bpe", dict(ignore_merges=True))]:
        made = tokenizer(pre, **options)
        tokens = [made.id_to_token(i) for i in range(made.get_vocab_size())]
        merges = [" ".join(merge) for merge in json.loads(made.to_str())["model"]["merges"]]
        document["cuts"][name] = dict(tokens=tokens, merges=merges, texts=[dict(text=t, ids=made.encode(t, add_special_tokens=False).ids) for t in TEXTS])


document = dict(torch=torch.__version__, cuts={})
types()
llama(document)
neox(document)
cuts(document)
(here / "gguf-models.json").write_text(json.dumps(document) + "\n")
