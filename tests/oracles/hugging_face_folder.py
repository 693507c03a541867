"""Checks what the page exports against Hugging Face transformers: log-probabilities, and that the folder loads at all.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/hugging_face_folder.py continue-in-trl.zip

The zip (or its unpacked folder) is the page's "Continue in TRL". Every pair of log-probabilities.jsonl is scored by
`transformers` with policy/ and, where the run has moved, reference/; the largest difference from what the page computed
must stay below 1e-3 nats.
"""

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-3


def log_probability(model, tokenizer, prompt, answer):
    """Of an answer and the end token; prompt and answer are read apart."""
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] if text else [] for text in (prompt, answer)]
    begin = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    context, targets = begin + ids[0], ids[1] + [tokenizer.eos_token_id]
    with torch.no_grad():
        logits = model(torch.tensor([context + targets])).logits[0].double()
    scores = logits.log_softmax(-1)[len(context) - 1 : -1]
    return scores.gather(-1, torch.tensor(targets)[:, None]).sum().item()


def check(root, folder, prefix, rows):
    tokenizer = AutoTokenizer.from_pretrained(root / folder)
    model, report = AutoModelForCausalLM.from_pretrained(root / folder, dtype=torch.float32, output_loading_info=True)
    missing = {key: value for key, value in report.items() if value}
    assert not missing, f"{folder}: the weights do not fit the configuration: {missing}"
    model.eval()
    worst = 0.0
    for row in rows:
        for side in ("chosen", "rejected"):
            here = log_probability(model, tokenizer, row["prompt"], row[side])
            worst = max(worst, abs(here - row[prefix + side]))
    print(f"{folder}: {len(rows)} pairs, {sum(p.numel() for p in model.parameters())} parameters, largest difference {worst:.2g} nats")
    assert worst < TOLERANCE
    # It can also draw.
    prompt = tokenizer(rows[0]["prompt"], return_tensors="pt", add_special_tokens=False)["input_ids"]
    if tokenizer.bos_token_id is not None:
        prompt = torch.cat([torch.tensor([[tokenizer.bos_token_id]]), prompt.long()], dim=1)
    drawn = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False)
    print(f"  {rows[0]['prompt']!r} -> {tokenizer.decode(drawn[0, prompt.shape[1]:], skip_special_tokens=True)!r}")


def main(path):
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(path)
        if root.is_file():
            zipfile.ZipFile(root).extractall(temporary)
            root = Path(temporary)
        rows = [json.loads(line) for line in (root / "log-probabilities.jsonl").read_text(encoding="utf-8").splitlines()]
        assert rows, "the page had computed nothing when this was exported"
        check(root, "policy", "logps/", rows)
        moved = (root / "reference").exists()
        check(root, "reference" if moved else "policy", "logps/reference_", rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
