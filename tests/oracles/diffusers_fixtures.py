"""Makes tests/fixtures/diffusers.json: what Hugging Face diffusers computes of noise schedules and sampling steps.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/diffusers_fixtures.py

    inputs      sample, output, noise: what every case below is about, three numbers each. `sample` is x_0 where noise is
                added or told, x_t in a step; `output` is the denoiser's; `noise` is what is added.
    schedules   of each kind: betas and alphas_cumprod at `timesteps`
    noising     at a timestep: x_t (add_noise), and for each prediction type the target and the loss, the mean square
                of output - target
    ddpm        DDPMScheduler.step with `fixed_small` variance: timesteps, previous, prev_sample, pred_original_sample
    ddim        DDIMScheduler.step, with `eta`
    timesteps   what set_timesteps visits
    runs        five steps of DDIM from `sample` under the denoiser output = 0.5 x + 0.1 - 0.3 t / 1000: every state

The last timestep is followed by -1, the clean sample. `clip`, where it is given, is the bound of x_0; then DDIM derives
the noise anew from the clipped x_0 (use_clipped_model_output), as DDPM does.

Betas are in diffusers' own single precision, where the cosine's last 1 - beta is off by 1e-5 of itself. `schedules` has
their products in the same; everything else is computed from the betas in double.
"""

import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, DDPMScheduler
from torch.nn.functional import mse_loss

TARGET = Path(__file__).resolve().parents[1] / "fixtures/diffusers.json"
TRAINED = 1000
SCHEDULES = ["linear", "squaredcos_cap_v2"]
PREDICTIONS = ["epsilon", "sample", "v_prediction"]
SPACINGS = ["leading", "trailing"]
LOOKED_AT = [0, 1, 49, 250, 499, 500, 750, 998, 999]
SEED = 0

INPUTS = torch.tensor([[0.7, -1.3, 0.2], [-0.4, 0.9, 1.6]], dtype=torch.float64)
SAMPLE, OUTPUT = INPUTS[:1], INPUTS[1:]


def generator():
    return torch.Generator().manual_seed(SEED)


NOISE = torch.randn(SAMPLE.shape, generator=generator(), dtype=torch.float64)


def scheduler(kind, **settings):
    """One that goes on in double precision from its betas: in single, a small step loses half the digits."""
    made = kind(num_train_timesteps=TRAINED, **settings)
    made.alphas_cumprod = torch.cumprod(1 - made.betas.double(), dim=0)
    if kind is DDIMScheduler:
        made.final_alpha_cumprod = made.final_alpha_cumprod.double()
    else:
        made.one = made.one.double()
    return made


def settings(schedule, prediction, spacing="leading", clip=None):
    clipping = dict(clip_sample=False) if clip is None else dict(clip_sample=True, clip_sample_range=clip)
    return dict(beta_schedule=schedule, prediction_type=prediction, timestep_spacing=spacing, **clipping)


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def schedule_case(schedule):
    made = DDPMScheduler(num_train_timesteps=TRAINED, beta_schedule=schedule)
    return {
        "schedule": schedule,
        "timesteps": LOOKED_AT,
        "betas": numbers(made.betas[LOOKED_AT]),
        "alphas_cumprod": numbers(made.alphas_cumprod[LOOKED_AT]),
    }


def noising_case(schedule, timestep):
    made = scheduler(DDPMScheduler, beta_schedule=schedule)
    at = torch.tensor([timestep])
    velocity = made.get_velocity(SAMPLE, NOISE, at)
    targets = dict(zip(PREDICTIONS, [NOISE, SAMPLE, velocity]))
    return {
        "schedule": schedule,
        "timestep": timestep,
        "x_t": numbers(made.add_noise(SAMPLE, NOISE, at)),
        "targets": {name: numbers(target) for name, target in targets.items()},
        "losses": {name: numbers(mse_loss(OUTPUT, target))[0] for name, target in targets.items()},
    }


def clipped(clip):
    return {} if clip is None else {"clip": clip}


def stepped(case, timestep, previous, result):
    return case | {
        "timestep": int(timestep),
        "previous": int(previous),
        "prev_sample": numbers(result.prev_sample),
        "pred_original_sample": numbers(result.pred_original_sample),
    }


def ddpm_cases(schedule, prediction, steps, clip):
    """`steps` trailing ones; or each timestep in turn."""
    made = scheduler(
        DDPMScheduler, variance_type="fixed_small", **settings(schedule, prediction, "trailing", clip)
    )
    if steps < TRAINED:
        made.set_timesteps(steps)
    visited = made.timesteps
    case = {"schedule": schedule, "prediction": prediction, "steps": steps} | clipped(clip)
    for place in [0, steps // 2, steps - 2, steps - 1]:
        # The generator begins anew, so that the noise is NOISE.
        result = made.step(OUTPUT, visited[place], SAMPLE, generator=generator())
        yield stepped(case, visited[place], made.previous_timestep(visited[place]), result)


def ddim_cases(schedule, prediction, steps, spacing, eta, clip):
    made = scheduler(DDIMScheduler, set_alpha_to_one=True, **settings(schedule, prediction, spacing, clip))
    made.set_timesteps(steps)
    case = {"schedule": schedule, "prediction": prediction, "steps": steps, "spacing": spacing, "eta": eta}
    case |= clipped(clip)
    for place in [0, steps // 2, steps - 1]:
        timestep = made.timesteps[place]
        result = made.step(
            OUTPUT, timestep, SAMPLE, eta=eta, variance_noise=NOISE, use_clipped_model_output=clip is not None
        )
        yield stepped(case, timestep, max(timestep - TRAINED // steps, -1), result)


def run_case(schedule, prediction, spacing):
    made = scheduler(DDIMScheduler, set_alpha_to_one=True, **settings(schedule, prediction, spacing))
    made.set_timesteps(5)
    states = [SAMPLE]
    for timestep in made.timesteps:
        x = states[-1]
        states.append(made.step(0.5 * x + 0.1 - 0.3 * timestep / TRAINED, timestep, x).prev_sample)
    return {
        "schedule": schedule,
        "prediction": prediction,
        "spacing": spacing,
        "states": [numbers(state) for state in states],
    }


def timesteps_case(steps, spacing):
    made = DDIMScheduler(num_train_timesteps=TRAINED, timestep_spacing=spacing)
    made.set_timesteps(steps)
    return {"steps": steps, "spacing": spacing, "timesteps": made.timesteps.tolist()}


def main():
    kinds = [(schedule, prediction) for schedule in SCHEDULES for prediction in PREDICTIONS]
    ddpm, ddim = [], []
    for kind in kinds:
        for steps, clip in [(TRAINED, None), (50, None), (50, 1.0)]:
            ddpm += ddpm_cases(*kind, steps, clip)
        for steps in (20, 50):
            for spacing in SPACINGS:
                for eta in (0.0, 0.5):
                    ddim += ddim_cases(*kind, steps, spacing, eta, clip=None)
        ddim += ddim_cases(*kind, 20, "trailing", 0.5, clip=1.0)
    sections = {
        "schedules": [schedule_case(schedule) for schedule in SCHEDULES],
        "noising": [noising_case(schedule, at) for schedule in SCHEDULES for at in (0, 49, 500, 999)],
        "ddpm": ddpm,
        "ddim": ddim,
        "timesteps": [timesteps_case(steps, spacing) for steps in (5, 20, 30) for spacing in SPACINGS],
        "runs": [run_case(*kind, spacing) for kind in kinds for spacing in SPACINGS],
    }
    inputs = {"sample": numbers(SAMPLE), "output": numbers(OUTPUT), "noise": numbers(NOISE)}
    lines = [f'"inputs": {json.dumps(inputs)}']
    for name, cases in sections.items():
        lines.append(f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")
    TARGET.write_text("{" + ",\n".join(lines) + "}\n")
    counts = ", ".join(f"{name} {len(cases)}" for name, cases in sections.items())
    print(f"{TARGET.stat().st_size / 1000:.0f} kB: {counts}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
