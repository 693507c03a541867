"""Makes tests/fixtures/tokenizers/: two tokenizer.json and what Hugging Face tokenizers does with them.

    pip install -r tests/oracles/requirements.txt
    python3 tests/oracles/tokenizer_fixtures.py

cases.json maps each file's name to a list of {text, ids, decoded}: `ids` without begin and end tokens, `decoded`
what they give back when special tokens are left out.
"""

import json
import random
import unicodedata
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/tokenizers"
END, UNKNOWN = "<|endoftext|>", "<|unk|>"

# Carroll, Alice's Adventures in Wonderland, chapter 1; and a line for what is not English.
TEXT = """\
Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do: once or \
twice she had peeped into the book her sister was reading, but it had no pictures or conversations in it, "and what \
is the use of a book," thought Alice "without pictures or conversations?"

So she was considering in her own mind (as well as she could, for the hot day made her feel very sleepy and stupid), \
whether the pleasure of making a daisy-chain would be worth the trouble of getting up and picking the daisies, when \
suddenly a White Rabbit with pink eyes ran close by her.

There was nothing so very remarkable in that; nor did Alice think it so very much out of the way to hear the Rabbit \
say to itself, "Oh dear! Oh dear! I shall be late!"

It's 1865, we've 24 pages; I'm sure they'll say: déjà vu, naïve café, größer, 東京の本, 🐇🐇 and 🕰️.
"""

# White space to one \\s and not to the other (below): often enough beside others that a wrong split shows in the ids.
TEXT += "\n\u0085" * 12 + " \ufeff." * 12

# GPT-2's. It stands in a Split because there both libraries mean Unicode's white space by \\s; the one built into
# ByteLevel is a JavaScript regular expression in the browser, whose \\s takes in U+FEFF and leaves out U+0085.
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


def characters():
    """A token for each character of the corpus. Without the decoder both libraries would put spaces between them."""
    corpus = (ROOT / "src/bin/playground/corpora/first-names.txt").read_text()
    alphabet = sorted(set(corpus) - {"\n"})
    vocabulary = {token: id for id, token in enumerate([END, UNKNOWN, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token=UNKNOWN))
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([END, UNKNOWN])
    return tokenizer


HAND_PICKED = [
    "", " ", "  ", "\n", "\r\n", "\t \n  \n", "a", "Maria", "Anne-Marie", "maria maria", " leading", "trailing ",
    "two  spaces   three", "line\nline\n\nline", "it's we'll I'M they'd", "3.14159 and 10,000", "O'Neill", "Zoë",
    "Zoe\u0308", "naïve café", "Алиса", "أليس", "שלום עולם", "東京", "안녕하세요", "🐇", "👩‍👩‍👧‍👦 🏳️‍🌈", "\u0000\u0007\u001b",
    "a\u0085b", "a\n\u0085\nb", "a\ufeffb", "\ufeffa", "a \ufeffb", "a\u00a0b", "a\u2028b\u2029c", "a\u200bb\u200dc", "\u202eabc\u202c", "\U0010ffff",
    "!? , . ' n't 's", END, f"Maria{END}Otto", f"{END}{END} ", UNKNOWN, f"a{UNKNOWN}b", "<|endoftext", "|><|",
    "x" * 300,
]

# Where random characters come from, in parts that are chosen equally often.
RANGES = {
    "letters": [(0x41, 0x5A), (0x61, 0x7A)],
    "ascii": [(0x20, 0x7E)],
    "control": [(0x00, 0x1F), (0x7F, 0x9F)],
    "space": [(0x20, 0x20), (0x09, 0x0D), (0x85, 0x85), (0xA0, 0xA0), (0x2000, 0x200A), (0x2028, 0x2029), (0x3000, 0x3000)],
    "latin": [(0xC0, 0x24F)],
    "combining": [(0x300, 0x36F), (0x1AB0, 0x1AC0), (0x20D0, 0x20F0)],
    "greek and cyrillic": [(0x370, 0x52F)],
    "right to left": [(0x5D0, 0x5EA), (0x620, 0x6FF), (0x200E, 0x200F), (0x202A, 0x202E)],
    "indic": [(0x900, 0xDFF)],
    "cjk": [(0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)],
    "digits": [(0x30, 0x39), (0x660, 0x669), (0x2150, 0x218B), (0xFF10, 0xFF19)],
    "symbols": [(0x2010, 0x2027), (0x2190, 0x23FF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)],
    "emoji": [(0x1F300, 0x1FAFF), (0x200D, 0x200D), (0xFE0F, 0xFE0F), (0x1F1E6, 0x1F1FF)],
    "anywhere": [(0x0, 0xD7FF), (0xE000, 0x10FFFF)],
}


def random_character(source):
    """An assigned one: what an unassigned one will be is for each library's version of Unicode to say."""
    while True:
        first, last = source.choice(RANGES[source.choice(list(RANGES))])
        character = chr(source.randint(first, last))
        if unicodedata.category(character) != "Cn":
            return character


def random_texts(count, seed):
    source = random.Random(seed)
    return ["".join(random_character(source) for _ in range(source.randint(1, 24))) for _ in range(count)]


def case(tokenizer, text):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return {"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)}


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    texts = HAND_PICKED + random_texts(200, seed=0)
    cases = {}
    for file, tokenizer in {"byte-level-bpe.json": byte_level(), "characters.json": characters()}.items():
        tokenizer.save(str(FIXTURES / file))
        # Read back, so that the cases are what the file says.
        tokenizer = Tokenizer.from_file(str(FIXTURES / file))
        cases[file] = [case(tokenizer, text) for text in texts]
        print(f"{file}: {tokenizer.get_vocab_size()} tokens, {len(texts)} cases")
    # ASCII only: the file holds control and right-to-left characters that an editor would act on.
    parts = [f"{json.dumps(file)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for file, rows in cases.items()]
    (FIXTURES / "cases.json").write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
