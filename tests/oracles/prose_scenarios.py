"""Makes the scenario of the `prose` policy in www/assets/scenarios/: verbs that agree with their subjects.

    python3 tests/oracles/prose_scenarios.py

Minimal pairs, as BLiMP's: both sentences have the same words, but for one verb. Held-out subjects are in no pair to
learn from, and half of them have a noun of the other number right before the verb.
"""

import itertools
import json
import random
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parents[2] / "www/assets/scenarios"
TRAINING, HELD_OUT = 32, 16

# Singular and plural.
LEARNT = [
    ("sailor", "sailors"), ("captain", "captains"), ("boat", "boats"), ("whale", "whales"), ("wave", "waves"),
    ("mast", "masts"), ("sail", "sails"), ("harpoon", "harpoons"), ("man", "men"), ("cloud", "clouds"),
]
OTHERS = [("ship", "ships"), ("mate", "mates"), ("shark", "sharks"), ("oar", "oars"), ("bird", "birds"), ("hand", "hands")]
NEAR = [("the island", "the islands"), ("the rock", "the rocks")]
VERBS = [("was", "were"), ("is", "are"), ("has been", "have been"), ("seems to be", "seem to be")]
ENDS = ["upon the sea.", "in sight.", "old.", "still there.", "lost.", "in the water."]


def pair(subject, number, verb, end, near=None):
    between = f" near {near[1 - number]}" if near else ""
    chosen, rejected = (f" {verb[choice]} {end}" for choice in (number, 1 - number))
    return {"prompt": f"The {subject[number]}{between}", "chosen": chosen, "rejected": rejected}


def draw(subjects, places, count, order):
    every = [
        pair(*choice) for choice in itertools.product(subjects, (0, 1), VERBS, ENDS, places)
    ]
    order.shuffle(every)
    return every[:count]


def main():
    order = random.Random(0)
    train = draw(LEARNT, [None], TRAINING, order)
    held_out = draw(OTHERS, [None], HELD_OUT // 2, order) + draw(OTHERS, NEAR, HELD_OUT // 2, order)
    header = {
        "name": "agreement",
        "title": "Verbs that agree",
        "policy": "prose",
        "description": "In every pair the chosen verb agrees with its subject and the rejected one does not, as in "
        "the minimal pairs of grammar tests. See whether the held-out pairs follow, of which half have another noun "
        "right before the verb, or whether the policy only learns to look at the nearest word.",
        "train": "agreement.train.jsonl",
        "heldOut": "agreement.heldout.jsonl",
        "prompt": "The whale",
    }
    (SCENARIOS / "agreement.json").write_text(json.dumps(header, indent=2) + "\n")
    for file, rows in ((header["train"], train), (header["heldOut"], held_out)):
        (SCENARIOS / file).write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
