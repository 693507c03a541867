"""The standard task of src/standard_task.rs in PyTorch: what tests/bench/expected.json was made with.

    pip install numpy torch
    python3 tests/bench/torch_task.py [S,M,L] [threads]
    python3 tests/bench/torch_task.py S,M,L 1 cuda
    python3 tests/bench/torch_task.py S,M,L 1 cuda-graph

Prints a JSON line for each size and task, in the form of `./build.sh bench`. With `cuda-graph` the whole update
is recorded once and replayed.
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


def weights(size, device):
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
        yield torch.tensor(value, device=device, requires_grad=True)


def tokens(size, offset, device):
    rows = (size["sequences"], size["length"])
    places = np.arange(np.prod(rows), dtype=np.uint32) + np.uint32(offset)
    ids = (hash32(places) % size["vocabulary"]).astype(np.int64).reshape(rows)
    return torch.tensor(ids, device=device)


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


def recorded(update, p, adamw):
    """The update as a CUDA graph. Recording wants a few real updates first: they are undone."""
    start = [weight.detach().clone() for weight in p]
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(3):
            update()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = update()
    with torch.no_grad():
        for weight, first in zip(p, start):
            weight.copy_(first)
            for number in adamw.state[weight].values():
                number.zero_()

    def replay():
        graph.replay()
        return value

    return replay


def time_task(name, task, threads, backend):
    torch.set_num_threads(threads)
    device = "cpu" if backend == "cpu" else "cuda"
    size = SIZES[name]
    p = list(weights(size, device))
    x, y = tokens(size, 1000003, device), tokens(size, 2000003, device)
    completion = (torch.arange(size["length"], device=device) >= size["length"] // 2).float()
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

    graph = backend == "cuda-graph"
    adamw = torch.optim.AdamW(
        p, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, fused=True, capturable=graph
    )

    def update():
        adamw.zero_grad()
        value = loss()
        value.backward()
        adamw.step()
        return value

    if graph:
        update = recorded(update, p, adamw)
    losses, times = [], []
    for _ in range(WARM_UP + STEPS[name]):
        start = time.perf_counter()
        losses.append(update().item())
        times.append(1e3 * (time.perf_counter() - start))
    times = sorted(times[WARM_UP:])
    median = times[len(times) // 2]
    return dict(
        lib="pytorch-" + torch.__version__, backend=label(backend), cfg=name, task=task, threads=threads,
        steps=STEPS[name], ms_median=round(median, 3), ms_p10=round(times[len(times) // 10], 3),
        ms_min=round(times[0], 3), steps_s=round(1e3 / median, 2), loss=[losses[0], losses[4], losses[19]],
        load1=os.getloadavg()[0],
    )  # fmt: skip


def label(backend):
    """What it runs on."""
    return "native-cpu" if backend == "cpu" else f"{backend} ({torch.cuda.get_device_name()})"


if __name__ == "__main__":
    names = sys.argv[1] if len(sys.argv) > 1 else "S,M"
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    backend = sys.argv[3] if len(sys.argv) > 3 else "cpu"
    for name in names.split(","):
        for task in ("lm", "dpo"):
            print(json.dumps(time_task(name, task, threads, backend)), flush=True)
