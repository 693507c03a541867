"""The denoiser of `src/policy/diffusion/denoiser.rs` in PyTorch, its Diffusion-DPO and SePPO updates timed.

    python3 tests/bench/torch_diffusion.py [--threads 1] [--seconds 5]
    python3 tests/bench/torch_diffusion.py --fixture tests/fixtures/denoiser.json

The first prints a JSON line for each policy and method: updates a second and, for a grid of 32 samples in 20 DDIM
steps, seconds. The second writes what the tests compare our denoiser with: predictions on given inputs, and the
loss and the gradient's norm of one Diffusion-DPO update.
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

POLICIES = Path(__file__).resolve().parents[2] / "www/assets/policies"
BETA = 200.0
LEARNING_RATE = 1e-4
EPSILON = 1e-5
STEPS = 20
GRID = 32
BATCH = {"moons": 64, "digits": 16}


class Denoiser(nn.Module):
    def __init__(self, config, weights):
        super().__init__()
        self.config = config
        self.weights = nn.ParameterDict({key.replace(".", "/"): nn.Parameter(value.clone()) for key, value in weights.items()})

    def linear(self, x, name):
        return x @ self.weights[f"{name}/weight"] + self.weights[f"{name}/bias"]

    def forward(self, x, timesteps, classes):
        half = self.config["time_features"] // 2
        frequencies = torch.exp(-math.log(10_000.0) * torch.arange(half) / half)
        angles = timesteps.float()[:, None] * frequencies
        times = torch.cat([angles.sin(), angles.cos()], 1)
        condition = F.silu(self.linear(times, "time") + self.weights["class/weight"][classes])

        def modulated(stream, name):
            scale, shift = self.linear(condition, name).chunk(2, 1)
            return F.layer_norm(stream, stream.shape[-1:], eps=EPSILON) * (1 + scale) + shift

        stream = self.linear(x, "input")
        for block in range(self.config["blocks"]):
            name = f"blocks/{block}"
            inner = self.linear(modulated(stream, f"{name}/modulation"), f"{name}/up")
            stream = stream + self.linear(F.gelu(inner, approximate="tanh"), f"{name}/down")
        return self.linear(modulated(stream, "output/modulation"), "output")


def alphas_cumprod(timesteps):
    """squaredcos_cap_v2, as diffusers has it."""
    left = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = [min(1 - left((i + 1) / timesteps) / left(i / timesteps), 0.999) for i in range(timesteps)]
    return torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), 0)


def read(name):
    folder = POLICIES / name
    config = json.loads((folder / "config.json").read_text())
    weights = {key: value.float() for key, value in load_file(folder / "model.safetensors").items()}
    kept = alphas_cumprod(config["num_train_timesteps"])
    levels = torch.stack([kept.sqrt(), (1 - kept).sqrt()], 1).float()
    return config, weights, levels


def errors(model, levels, x, noise, timesteps, classes):
    signal, sigma = levels[timesteps].unbind(1)
    noised = signal[:, None] * x + sigma[:, None] * noise
    velocity = signal[:, None] * noise - sigma[:, None] * x
    return (model(noised, timesteps, classes) - velocity).square().mean(1)


def preference_loss(model, reference, levels, both, noise, timesteps, classes, flips):
    """Diffusion-DPO of chosen and rejected samples; with `flips`, SePPO's, whose rejected are a checkpoint's."""
    twice = [torch.cat([part, part]) for part in (noise, timesteps, classes)]
    own = errors(model, levels, both, *twice)
    with torch.no_grad():
        other = errors(reference, levels, both, *twice)
    d_w, d_l = (own - other).chunk(2)
    sign = -d_w.detach().sign() if flips else 1.0
    return -F.logsigmoid(-0.5 * BETA * (d_w - sign * d_l)).mean()


@torch.no_grad()
def draw(model, config, levels, noise, classes):
    visited = [round(1000 - index * 1000 / STEPS) - 1 for index in range(STEPS)]
    x = noise
    for place, timestep in enumerate(visited):
        signal, sigma = levels[timestep]
        to = levels[visited[place + 1]] if place + 1 < STEPS else torch.tensor([1.0, 0.0])
        velocity = model(x, torch.full((len(x),), timestep), classes)
        clean = signal * x - sigma * velocity
        if config["clip_sample_range"]:
            clean = clean.clamp(-config["clip_sample_range"], config["clip_sample_range"])
        x = to[0] * clean + to[1] * (x - signal * clean) / sigma
    return x


def batch(name, config, count, generator):
    shape = (count, config["dimensions"])
    normal = lambda: torch.randn(shape, generator=generator)
    both = torch.cat([normal(), normal()]).clamp(-1, 1)
    timesteps = torch.randint(config["num_train_timesteps"], (count,), generator=generator)
    classes = torch.randint(config["classes"], (count,), generator=generator)
    return both, normal(), timesteps, classes


def fixture(path):
    found = {}
    for name in BATCH:
        config, weights, levels = read(name)
        generator = torch.Generator().manual_seed(0)
        both, noise, timesteps, classes = batch(name, config, 2, generator)
        model, reference = Denoiser(config, weights), Denoiser(config, weights)
        # Not where it began, or every log-ratio would be 0.
        with torch.no_grad():
            for index, parameter in enumerate(model.weights.values()):
                parameter *= 1.0 + 0.01 * (-1) ** index
        loss = preference_loss(model, reference, levels, both, noise, timesteps, classes, False)
        loss.backward()
        squares = [parameter.grad.square().sum() for parameter in model.parameters()]
        found[name] = {
            "samples": both.flatten().tolist(),
            "noise": noise.flatten().tolist(),
            "timesteps": timesteps.tolist(),
            "classes": classes.tolist(),
            "predictions": reference(both, timesteps.repeat(2), classes.repeat(2)).flatten().tolist(),
            "beta": BETA,
            "order": list(weights),
            "loss": loss.item(),
            "grad_norm": torch.stack(squares).sum().sqrt().item(),
        }
    Path(path).write_text(json.dumps(found) + "\n")


def timed(run, seconds):
    for _ in range(3):
        run()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        run()
        count += 1
    return count / (time.perf_counter() - began)


def bench(seconds):
    for name, count in BATCH.items():
        config, weights, levels = read(name)
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn((GRID, config["dimensions"]), generator=generator)
        grid = torch.randint(config["classes"], (GRID,), generator=generator)
        for method in ["diffusion_dpo", "seppo"]:
            model, reference = Denoiser(config, weights), Denoiser(config, weights)
            optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.0)

            def update():
                both, noise, timesteps, classes = batch(name, config, count, generator)
                if method == "seppo":
                    start = torch.randn((count, config["dimensions"]), generator=generator)
                    both[count:] = draw(reference, config, levels, start, classes)
                loss = preference_loss(model, reference, levels, both, noise, timesteps, classes, method == "seppo")
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()

            rate = timed(update, seconds)
            grids = timed(lambda: draw(model, config, levels, noise, grid), seconds / 2)
            line = {"lib": "pytorch", "backend": f"cpu, {torch.get_num_threads()} threads", "policy": name}
            line |= {"method": method, "steps_s": round(rate, 1), "grid_s": round(1 / grids, 3)}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--fixture")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    fixture(given.fixture) if given.fixture else bench(given.seconds)
