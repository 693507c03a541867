"""Which network the policy of handwritten digits should have: sample quality against time, in PyTorch.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/denoiser_architectures.py [--device cuda] [--seeds 2] [--only residual,transformer,unet]

Trains three denoisers of about the size that may be shipped (0.7 million numbers, 1.5 MB as 16-bit floats) by the
recipe of the shipped one: 4,000 updates of AdamW on 128 images, v-prediction, cosine schedule, the class hidden in
one of ten. Prints a JSON line for each: how many samples of 20 DDIM steps the shipped classifier takes for the
digit asked for, their squared Fréchet distance in its features to images held out, and what a prediction for 32
images and an update on 16 take on one thread of the CPU. The last line measures images learnt from instead.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

DIGITS = Path(__file__).resolve().parents[2] / "www/assets/digits"
TIMESTEPS, CLASSES, SIDE = 1000, 10, 8
UPDATES, BATCH, LEARNING_RATE = 4000, 128, 1e-3
SAMPLES_OF_EACH = 300


class Condition(nn.Module):
    """The timestep and the class as one vector."""

    def __init__(self, width, features=64):
        super().__init__()
        self.features = features
        self.time = nn.Linear(features, width)
        self.label = nn.Embedding(CLASSES + 1, width)

    def forward(self, timesteps, classes):
        half = self.features // 2
        wavelengths = torch.exp(-math.log(10_000.0) * torch.arange(half, device=timesteps.device) / half)
        angles = timesteps.float()[:, None] * wavelengths
        return F.silu(self.time(torch.cat([angles.sin(), angles.cos()], 1)) + self.label(classes))


def zero(layer):
    """A layer that starts as nothing."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def modulate(x, both):
    scale, shift = both.chunk(2, -1)
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift


class Residual(nn.Module):
    """The shipped one: an image is one token (src/policy/diffusion/denoiser.rs)."""

    def __init__(self, width=160, hidden=320, blocks=4):
        super().__init__()
        self.condition = Condition(width)
        self.input = nn.Linear(SIDE * SIDE, width)
        self.blocks = nn.ModuleList(
            nn.ModuleList([zero(nn.Linear(width, 2 * width)), nn.Linear(width, hidden), zero(nn.Linear(hidden, width))])
            for _ in range(blocks)
        )
        self.last = zero(nn.Linear(width, 2 * width))
        self.output = zero(nn.Linear(width, SIDE * SIDE))

    def forward(self, x, timesteps, classes):
        condition, x = self.condition(timesteps, classes), self.input(x)
        for modulation, up, down in self.blocks:
            x = x + down(F.gelu(up(modulate(x, modulation(condition))), approximate="tanh"))
        return self.output(modulate(x, self.last(condition)))


class Transformer(nn.Module):
    """A diffusion transformer (Peebles and Xie 2023, adaLN-Zero) on patches of 2 × 2."""

    def __init__(self, width=96, heads=4, blocks=4, patch=2):
        super().__init__()
        self.patch, self.heads, across = patch, heads, SIDE // patch
        self.condition = Condition(width)
        self.input = nn.Linear(patch * patch, width)
        self.places = nn.Parameter(0.02 * torch.randn(across * across, width))
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                [
                    zero(nn.Linear(width, 6 * width)),
                    nn.Linear(width, 3 * width),
                    nn.Linear(width, width),
                    nn.Linear(width, 4 * width),
                    nn.Linear(4 * width, width),
                ]
            )
            for _ in range(blocks)
        )
        self.last = zero(nn.Linear(width, 2 * width))
        self.output = zero(nn.Linear(width, patch * patch))

    def forward(self, x, timesteps, classes):
        n, p, across = len(x), self.patch, SIDE // self.patch
        patches = x.view(n, across, p, across, p).transpose(2, 3).reshape(n, across * across, p * p)
        condition = self.condition(timesteps, classes)[:, None]
        x = self.input(patches) + self.places
        for modulation, qkv, mix, up, down in self.blocks:
            first, gate, second, other_gate = modulation(condition).split([2 * x.shape[-1], x.shape[-1]] * 2, -1)
            parts = qkv(modulate(x, first)).view(n, across * across, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            seen = F.scaled_dot_product_attention(*parts)
            x = x + gate * mix(seen.transpose(1, 2).flatten(2))
            x = x + other_gate * down(F.gelu(up(modulate(x, second)), approximate="tanh"))
        patches = self.output(modulate(x, self.last(condition)))
        return patches.view(n, across, across, p, p).transpose(2, 3).reshape(n, SIDE * SIDE)


class Block(nn.Module):
    """Two convolutions, scaled and shifted between by the condition (Dhariwal and Nichol 2021)."""

    def __init__(self, before, after, condition):
        super().__init__()
        self.norms = nn.ModuleList([nn.GroupNorm(8, before), nn.GroupNorm(8, after)])
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = zero(nn.Conv2d(after, after, 3, padding=1))
        self.modulation = zero(nn.Linear(condition, 2 * after))
        self.past = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x, condition):
        scale, shift = self.modulation(condition)[..., None, None].chunk(2, 1)
        inner = self.first(F.silu(self.norms[0](x)))
        return self.past(x) + self.second(F.silu(self.norms[1](inner) * (1 + scale) + shift))


class UNet(nn.Module):
    """8 × 8, 4 × 4 and back (Ho et al. 2020)."""

    def __init__(self, channels=40):
        super().__init__()
        wide, width = 2 * channels, 96
        self.condition = Condition(width)
        self.input = nn.Conv2d(1, channels, 3, padding=1)
        self.fine = nn.ModuleList([Block(channels, channels, width), Block(2 * channels, channels, width)])
        self.down = nn.Conv2d(channels, wide, 3, stride=2, padding=1)
        self.coarse = nn.ModuleList([Block(wide, wide, width), Block(wide, wide, width), Block(wide, wide, width)])
        self.up = nn.Conv2d(wide, channels, 3, padding=1)
        self.norm = nn.GroupNorm(8, channels)
        self.output = zero(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, x, timesteps, classes):
        condition = self.condition(timesteps, classes)
        x = self.fine[0](self.input(x.view(-1, 1, SIDE, SIDE)), condition)
        inner = self.down(x)
        for block in self.coarse:
            inner = block(inner, condition)
        inner = self.up(F.interpolate(inner, scale_factor=2.0))
        x = self.fine[1](torch.cat([x, inner], 1), condition)
        return self.output(F.silu(self.norm(x))).flatten(1)


NETWORKS = {"residual": Residual, "transformer": Transformer, "unet": UNet}


def levels(device):
    """How much of the sample and of the noise there is at each timestep: squaredcos_cap_v2, as diffusers has it."""
    left = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = [min(1 - left((i + 1) / TIMESTEPS) / left(i / TIMESTEPS), 0.999) for i in range(TIMESTEPS)]
    kept = torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), 0)
    return torch.stack([kept.sqrt(), (1 - kept).sqrt()], 1).float().to(device)


def images(device):
    """Images to learn from and images held out, one in six of each digit; with their digits."""
    rows = np.loadtxt(DIGITS / "digits.csv", delimiter=",", dtype=np.float32)
    number = np.zeros(len(rows), np.int64)
    for digit in range(CLASSES):
        places = np.flatnonzero(rows[:, 64] == digit)
        number[places] = np.arange(len(places))
    parts = []
    for part in (number % 6 != 0, number % 6 == 0):
        x = torch.tensor(rows[part, :64] / 8 - 1, device=device)
        parts.append((x, torch.tensor(rows[part, 64].astype(np.int64), device=device)))
    return parts


def loss(network, levels, x, classes):
    timesteps = torch.randint(TIMESTEPS, (len(x),), device=x.device)
    signal, sigma = levels[timesteps, :, None].unbind(1)
    noise = torch.randn_like(x)
    told = network(signal * x + sigma * noise, timesteps, classes)
    return (told - (signal * noise - sigma * x)).square().mean()


def train(network, levels, x, classes):
    adamw = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=0.01)
    for update in range(UPDATES):
        warm = min(1.0, (update + 1) / (0.05 * UPDATES))
        adamw.param_groups[0]["lr"] = LEARNING_RATE * warm * 0.5 * (1 + math.cos(math.pi * update / UPDATES))
        chosen = torch.randint(len(x), (BATCH,), device=x.device)
        told = torch.where(torch.rand(BATCH, device=x.device) < 0.1, CLASSES, classes[chosen])
        adamw.zero_grad()
        loss(network, levels, x[chosen], told).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adamw.step()


@torch.no_grad()
def sample(network, levels, classes, steps=20):
    """DDIM, with the sample told of kept to its range."""
    x = torch.randn(len(classes), SIDE * SIDE, device=classes.device)
    places = list(range(0, TIMESTEPS, TIMESTEPS // steps))[::-1]
    for place, after in zip(places, places[1:] + [None]):
        signal, sigma = levels[place]
        told = network(x, torch.full_like(classes, place), classes)
        clean = (signal * x - sigma * told).clamp(-1, 1)
        noise = (x - signal * clean) / sigma
        x = clean if after is None else levels[after][0] * clean + levels[after][1] * noise
    return x


def read(classifier, x):
    """The features of images, and which digits they are taken for."""
    linear = lambda x, name: x @ classifier[f"{name}.weight"].float().to(x) + classifier[f"{name}.bias"].float().to(x)
    features = F.gelu(linear(x, "hidden"), approximate="tanh")
    return features.double().cpu().numpy(), linear(features, "output").argmax(1)


def frechet(one, other):
    """The squared distance between the Gaussians of two sets of features."""
    (m, c), (n, d) = [(x.mean(0), np.cov(x, rowvar=False)) for x in (one, other)]
    values, vectors = np.linalg.eigh(c)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ d @ root), 0)).sum()
    return float(((m - n) ** 2).sum() + np.trace(c) + np.trace(d) - 2 * shared)


def milliseconds(do, times=50):
    do()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        taken.append(1e3 * (time.perf_counter() - start))
    return sorted(taken)[times // 10]


def timed(network, levels):
    """A prediction for 32 images, and a derivative on 16."""
    network = network.cpu()
    x, timesteps, classes = torch.randn(32, SIDE * SIDE), torch.arange(32), torch.arange(32) % CLASSES
    with torch.no_grad():
        prediction = milliseconds(lambda: network(x, timesteps, classes))
    update = milliseconds(lambda: loss(network, levels.cpu(), x[:16], classes[:16]).backward())
    return prediction, update


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default=",".join(NETWORKS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    device = arguments.device
    classifier = load_file(DIGITS / "classifier.safetensors")
    (x, classes), (held_out, _) = images(device)
    expected = read(classifier, held_out)[0]
    noise = levels(device)
    for name in arguments.only.split(","):
        for seed in range(arguments.seeds):
            torch.manual_seed(seed)
            network = NETWORKS[name]().to(device)
            train(network, noise, x, classes)
            asked = torch.arange(CLASSES, device=device).repeat_interleave(SAMPLES_OF_EACH)
            features, taken = read(classifier, sample(network, noise, asked))
            prediction, update = timed(network, noise)
            line = dict(
                network=name, seed=seed, numbers=sum(p.numel() for p in network.parameters()),
                right=round(float((taken == asked).float().mean()), 4), frechet=round(frechet(features, expected), 3),
                ms_prediction_32=round(prediction, 3), ms_update_16=round(update, 3),
            )  # fmt: skip
            print(json.dumps(line), flush=True)
    print(json.dumps(dict(network="real images", frechet=round(frechet(read(classifier, x)[0], expected), 3))))


if __name__ == "__main__":
    main()
