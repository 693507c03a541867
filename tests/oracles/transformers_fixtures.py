"""Makes tests/fixtures/{gpt2-tied,gpt2-untied,llama-gqa,llama-tied}: what Hugging Face transformers computes.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/transformers_fixtures.py

Each folder is a small random checkpoint as `save_pretrained` writes it, config.json and model.safetensors, and
beside it oracle.safetensors:

    input_ids, targets   I64 [2, 11]       two sequences; targets are the inputs, one to the left
    mask                 F32 [2, 11]       1 where a target belongs to the completion: no prompt, no padding
    logits               F32 [2, 11, 40]
    token_logps          F32 [2, 11]       log-probabilities of the targets
    loss                 F32 [1]           -sum(mask * token_logps)
    grad.<parameter>     F32               of that loss, for each parameter in model.safetensors
    greedy_prompt        I64 [4]
    greedy_ids           I64 [8]           the greedy continuation, the same with and without a cache
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
VOCABULARY, POSITIONS, LENGTH = 40, 24, 11

GPT2 = dict(
    vocab_size=VOCABULARY, n_positions=POSITIONS, n_embd=32, n_layer=2, n_head=4, activation_function="gelu_new",
    bos_token_id=0, eos_token_id=0,
)
LLAMA = dict(
    vocab_size=VOCABULARY, max_position_embeddings=POSITIONS, hidden_size=32, intermediate_size=56,
    num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5,
    bos_token_id=0, eos_token_id=0,
)

MODELS = {
    "gpt2-tied": GPT2LMHeadModel(GPT2Config(**GPT2, tie_word_embeddings=True)),
    "gpt2-untied": GPT2LMHeadModel(GPT2Config(**GPT2, tie_word_embeddings=False, n_inner=96)),
    # Heads wider than hidden_size / num_attention_heads, as newer models have them.
    "llama-gqa": LlamaForCausalLM(
        LlamaConfig(**LLAMA, head_dim=12, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
    ),
    # A base that is nobody's default, so that a reader who misses it is found out.
    "llama-tied": LlamaForCausalLM(
        LlamaConfig(
            **LLAMA, tie_word_embeddings=True, attention_bias=True, mlp_bias=True,
            rope_parameters={"rope_type": "default", "rope_theta": 500.0},
        )
    ),
}


def randomise(model, generator):
    """Wide enough that a weight left out shows; transformers' own start has zero biases and unit norms."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_scale = name.endswith("weight") and parameter.dim() == 1
            parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator) + (1.0 if is_scale else 0.0))


def save(model, folder):
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for file in ("config.json", "model.safetensors"):
            shutil.copy(Path(temporary) / file, folder / file)


def write_as_version_4_did(config_file):
    """Most checkpoints one meets were saved before transformers 5 moved the base into `rope_parameters`."""
    config = json.loads(config_file.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config_file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def greedy(model, prompt, steps):
    """The continuation with a key-value cache, and how clear its closest choice was."""
    ids, past, gaps = prompt, None, []
    for _ in range(steps):
        new = ids if past is None else ids[-1:]
        cached = model(new[None], past_key_values=past, use_cache=True)
        past = cached.past_key_values
        logits = cached.logits[0, -1]
        torch.testing.assert_close(logits, model(ids[None], use_cache=False).logits[0, -1], rtol=0, atol=1e-5)
        best, second = logits.topk(2).values
        gaps.append(best - second)
        ids = torch.cat([ids, logits.argmax()[None]])
    return ids[len(prompt):], min(gaps)


def greedy_case(model, generator):
    """A continuation that says something, and that another arithmetic will repeat."""
    while True:
        prompt = torch.randint(1, VOCABULARY, (4,), generator=generator)
        continuation, clearness = greedy(model, prompt, steps=8)
        if clearness > 1e-2 and len(set(continuation.tolist())) >= 4:
            return prompt, continuation


def oracle(folder, generator):
    # Read back from disk, so that what is compared is what the files say. transformers rounds to float32 inside
    # Llama's norms and softmax whatever the weights are; the rest is float64.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()

    tokens = torch.randint(1, VOCABULARY, (2, LENGTH + 1), generator=generator)
    mask = torch.zeros(2, LENGTH)
    mask[0, 2:] = 1  # a prompt of three tokens
    mask[1, 1:7] = 1  # a prompt of two, and the last four are padding
    tokens[1, 8:] = 0
    input_ids, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()

    logits = model(input_ids, use_cache=False).logits
    token_logps = logits.log_softmax(-1).gather(-1, targets[..., None]).squeeze(-1)
    loss = -(mask * token_logps).sum()
    loss.backward()
    gradients = {f"grad.{name}": parameter.grad for name, parameter in model.named_parameters()}
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {f"grad.{name}" for name in weights.keys()} == gradients.keys()
    assert all(gradient.abs().max() > 1e-3 for gradient in gradients.values()), "a parameter that hardly matters"

    with torch.no_grad():
        prompt, continuation = greedy_case(model, generator)

    reals = dict(mask=mask, logits=logits, token_logps=token_logps, loss=loss[None], **gradients)
    integers = dict(input_ids=input_ids, targets=targets, greedy_prompt=prompt, greedy_ids=continuation)
    return integers | {name: tensor.detach().float().contiguous() for name, tensor in reals.items()}


def main():
    for seed, (name, model) in enumerate(MODELS.items()):
        folder, generator = FIXTURES / name, torch.Generator().manual_seed(seed)
        randomise(model, generator)
        save(model, folder)
        if name == "llama-tied":
            write_as_version_4_did(folder / "config.json")
        tensors = oracle(folder, generator)
        save_file(tensors, folder / "oracle.safetensors")
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{name}: {size / 1000:.0f} kB, loss {tensors['loss'].item():.4f}, greedy {tensors['greedy_ids'].tolist()}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
