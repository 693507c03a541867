"""The standard task of src/standard_task.rs in PyTorch: what tests/bench/expected.json was made with.

    pip install numpy torch
    python3 tests/bench/torch_task.py [S,M,L] [threads]

Prints a JSON line for each size and task, in the form of `./build.sh bench`.
"""

import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

SIZES = {
    "S": dict(width=64, layers=2, heads=4, vocabulary=96, length=64, sequences=8),
    "M": dict(width=128, layers=4, heads=4, vocabulary=96, length=64, sequences=8),
    "L": dict(width=256, layers=6, heads=8, vocabulary=96, length=128, sequences=8),
}
STEPS = {"S": 200, "M": 80, "L": 25}
WARM_UP, BETA = 5, 0.1
SCALE = 0.0346410161514  # of weights: uniform within it, a standard deviation of 0.02


def hash32(x):
    """lowbias32."""
    x = np.asarray(x, dtype=np.uint32)
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def weights(size):
    """In the order in which they are numbered: the number is part of what is hashed."""
    d = size["width"]
    shapes = [(size["vocabulary"], d), (size["length"], d)]
    for _ in range(size["layers"]):
        shapes += ["gain", "bias", (d, 3 * d), (d, d), "gain", "bias", (d, 4 * d), (4 * d, d)]
    shapes += ["gain", "bias", (d, size["vocabulary"])]
    for number, shape in enumerate(shapes, start=1):
        if shape == "gain":
            value = np.ones(d, np.float32)
        elif shape == "bias":
            value = np.zeros(d, np.float32)
        else:
            places = (number * 0x9E3779B9 + np.arange(np.prod(shape), dtype=np.uint64)) % (1 << 32)
            value = ((hash32(places) / 2**32 * 2 - 1) * SCALE).astype(np.float32).reshape(shape)
        yield torch.tensor(value, requires_grad=True)


def tokens(size, offset):
    rows = (size["sequences"], size["length"])
    places = np.arange(np.prod(rows), dtype=np.uint32) + np.uint32(offset)
    return torch.tensor((hash32(places) % size["vocabulary"]).astype(np.int64).reshape(rows))


def logits(p, size, x):
    d, heads = size["width"], size["heads"]
    rows, length = x.shape
    h = p[0][x] + p[1]
    for layer in range(size["layers"]):
        gain1, bias1, qkv, out, gain2, bias2, up, down = p[2 + 8 * layer : 10 + 8 * layer]
        parts = (F.layer_norm(h, (d,), gain1, bias1, 1e-5) @ qkv).split(d, -1)
        q, k, v = (part.view(rows, length, heads, d // heads).transpose(1, 2) for part in parts)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + seen.transpose(1, 2).reshape(rows, length, d) @ out
        h = h + F.gelu(F.layer_norm(h, (d,), gain2, bias2, 1e-5) @ up, approximate="tanh") @ down
    return F.layer_norm(h, (d,), p[-3], p[-2], 1e-5) @ p[-1]


def time_task(name, task, threads):
    torch.set_num_threads(threads)
    size = SIZES[name]
    p = list(weights(size))
    x, y = tokens(size, 1000003), tokens(size, 2000003)
    completion = (torch.arange(size["length"]) >= size["length"] // 2).float()
    pairs = size["sequences"] // 2

    def log_probs():
        return -F.cross_entropy(logits(p, size, x).flatten(0, 1), y.flatten(), reduction="none").view(x.shape)

    with torch.no_grad():
        reference = (log_probs() * completion).sum(1)

    def loss():
        if task == "lm":
            return -log_probs().mean()
        log_ratios = (log_probs() * completion).sum(1) - reference
        return F.softplus(-BETA * (log_ratios[:pairs] - log_ratios[pairs:])).mean()

    adamw = torch.optim.AdamW(p, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, fused=True)
    losses, times = [], []
    for _ in range(WARM_UP + STEPS[name]):
        start = time.perf_counter()
        adamw.zero_grad()
        value = loss()
        value.backward()
        adamw.step()
        losses.append(value.item())
        times.append(1e3 * (time.perf_counter() - start))
    times = sorted(times[WARM_UP:])
    median = times[len(times) // 2]
    return dict(
        lib="pytorch-" + torch.__version__, backend="native-cpu", cfg=name, task=task, threads=threads,
        steps=STEPS[name], ms_median=round(median, 3), ms_p10=round(times[len(times) // 10], 3),
        ms_min=round(times[0], 3), steps_s=round(1e3 / median, 2), loss=[losses[0], losses[4], losses[19]],
        load1=os.getloadavg()[0],
    )  # fmt: skip


if __name__ == "__main__":
    names = sys.argv[1] if len(sys.argv) > 1 else "S,M"
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for name in names.split(","):
        for task in ("lm", "dpo"):
            print(json.dumps(time_task(name, task, threads)), flush=True)
