"""Makes the two scenarios of the `names` policy, www/assets/scenarios/{vowel-ending,shorter}.*.

    python3 tests/oracles/names_scenarios.py

A pair is two real names with a common beginning: the beginning is the prompt, what follows are the completions.
The names come from common_first_names.txt, a hand-picked part of the policy's own corpus. Only the standard
library is needed.
"""

import itertools
import json
import random
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "www/assets/scenarios"
CORPUS = set((ROOT / "src/bin/playground/corpora/first-names.txt").read_text().split())
COMMON = (Path(__file__).parent / "common_first_names.txt").read_text().split()

TRAINING, HELD_OUT = 32, 16
# How many prompts there are of each length. Long ones are rarer, so they are chosen first.
PROMPTS_OF_LENGTH = {4: 10, 3: 22, 2: 16}


def ends_in_vowel(name):
    return name[-1] in "aeiou"


def prefers_vowel(prompt, chosen, rejected):
    """Both of one length, so that the ending is all there is to learn; both with something to write before it."""
    return (
        ends_in_vowel(chosen)
        and not ends_in_vowel(rejected)
        and len(chosen) == len(rejected) >= len(prompt) + 2
    )


def prefers_shorter(prompt, chosen, rejected):
    """Both endings of one kind, so that length is all there is to learn."""
    return (
        len(prompt) < len(chosen) <= len(rejected) - 2
        and ends_in_vowel(chosen) == ends_in_vowel(rejected)
    )


def overlap(a, b):
    return a.startswith(b) or b.startswith(a)


def pairs(prefers, seed):
    """Pairs of which no two share a name, nor a prompt that begins another's: held out is held out."""
    random_order = random.Random(seed)
    taken, names = [], set()
    for length, wanted in PROMPTS_OF_LENGTH.items():
        by_prompt = defaultdict(list)
        for name in COMMON:
            by_prompt[name[:length]].append(name)
        candidates = [
            (prompt, chosen, rejected)
            for prompt, namesakes in by_prompt.items()
            for chosen, rejected in itertools.permutations(namesakes, 2)
            if prefers(prompt, chosen, rejected)
        ]
        random_order.shuffle(candidates)
        for prompt, chosen, rejected in candidates:
            if not wanted:
                break
            if names & {chosen, rejected} or any(overlap(prompt, row["prompt"]) for row in taken):
                continue
            names |= {chosen, rejected}
            taken.append({"prompt": prompt, "chosen": chosen[length:], "rejected": rejected[length:]})
            wanted -= 1
        if wanted:
            raise SystemExit(f"{wanted} more prompts of {length} letters are wanted than the names give")
    random_order.shuffle(taken)
    return taken


def write(name, title, description, prompt, prefers, seed):
    rows = pairs(prefers, seed)
    files = {"train": f"{name}.train.jsonl", "heldOut": f"{name}.heldout.jsonl"}
    header = {"name": name, "title": title, "policy": "names", "description": description, **files, "prompt": prompt}
    SCENARIOS.mkdir(parents=True, exist_ok=True)
    (SCENARIOS / f"{name}.json").write_text(json.dumps(header, indent=2) + "\n")
    for file, part in zip(files.values(), (rows[:TRAINING], rows[TRAINING:])):
        (SCENARIOS / file).write_text("".join(json.dumps(row) + "\n" for row in part))


def main():
    strangers = [name for name in COMMON if name not in CORPUS]
    if strangers:
        raise SystemExit(f"not in the corpus: {', '.join(strangers)}")
    write(
        "vowel-ending",
        "Ends in a vowel",
        "In every pair the chosen name ends in a, e, i, o or u and the rejected one, of the same length, does not. "
        "See how soon the policy's own samples end in vowels, also after beginnings that no pair has.",
        "Mar",
        prefers_vowel,
        seed=1,
    )
    write(
        "shorter",
        "Shorter names",
        "In every pair the chosen name is at least two letters shorter than the rejected one, and their endings are of "
        "one kind. See whether the samples get shorter, and whether the log-probabilities of chosen and rejected part "
        "or fall together.",
        "Mar",
        prefers_shorter,
        seed=2,
    )


if __name__ == "__main__":
    main()
