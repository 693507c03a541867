"""Makes www/assets/digits/digits.csv: the handwritten digits that come with scikit-learn, unpacked.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/digits_data.py

A line is one image: 64 pixels, row by row, 0 (paper) to 16 (ink), and the digit meant.
"""

import gzip
import importlib.resources
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "www/assets/digits/digits.csv"


def main():
    packed = importlib.resources.files("sklearn.datasets.data") / "digits.csv.gz"
    text = gzip.decompress(packed.read_bytes()).decode("ascii")
    rows = [[int(value) for value in line.split(",")] for line in text.splitlines()]
    assert all(len(row) == 65 and max(row[:64]) <= 16 and row[64] <= 9 for row in rows)
    TARGET.write_text(text)
    counts = [sum(row[64] == digit for row in rows) for digit in range(10)]
    print(f"{len(rows)} images, of each digit {counts}")


if __name__ == "__main__":
    main()
