"""Damaged documents: no crash, none that takes long, every refusal with its place.

CONFORMANCE_DOCUMENTS says how many; `nox -s faults` tries 10,000.
"""

import os
import random
import time
from pathlib import Path

from conformance.spec.errors import SpecError
from conformance.spec.loader import load_suite

ROOT = Path(__file__).parents[3] / "specs"
DOCUMENTS = int(os.environ.get("CONFORMANCE_DOCUMENTS", "300"))
SECONDS = 1.0

PIECES = (
    b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e".encode(), "\u2028".encode(), b"\x85", b"\r",
    b"{", b"}", b"[" * 200, b"]", b": ", b"- ", b"&a ", b"*a", b"<<: ", b"!!python/object:os.system ", b"%YAML 9.9\n",
    b"---\n", b"...\n", b"|", b">", b"'", b'"', b"#", b"1e999", b"0x" + b"f" * 5000, b"9" * 5000, b".nan", b"~",
    b"code: ", b"id: ", b"cells: ", b"(" * 500, b"-" * 3000, b"\n" * 2000, b"? ", b"@", b"`",
    b"\\u0000", b"lambda: " * 99,
)  # fmt: skip
"""What a document is damaged with."""


def damaged(text: bytes, draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 5))):
        start = draw.randrange(len(text) + 1)
        length = draw.choice((0, 1, 1, 7, 60))
        kind = draw.randrange(5)
        if kind == 0:
            text = text[:start] + text[start + length :]
        elif kind == 1:
            text = text[:start] + draw.choice(PIECES) + text[start:]
        elif kind == 2:
            text = text[:start] + draw.randbytes(length) + text[start + length :]
        elif kind == 3:
            text = text[:start]
        else:
            lines = text.split(b"\n")
            line = draw.randrange(len(lines))
            lines.insert(line, draw.choice(lines))
            lines[line] = b" " * draw.randrange(9) + lines[line].lstrip()
            text = b"\n".join(lines)
    return text


def test_damaged_documents_are_read_or_refused_with_a_place(tmp_path):
    draw = random.Random(DOCUMENTS)
    whole = [path.read_bytes() for path in sorted(ROOT.rglob("*.yaml"))]
    small = [text for text in whole if len(text) < 20_000]
    path = tmp_path / "damaged.yaml"
    refused = 0
    for number in range(DOCUMENTS):
        text = damaged(draw.choice(small), draw)
        path.write_bytes(text)
        start = time.process_time()
        try:
            load_suite(path, "damaged")
        except SpecError as error:
            refused += 1
            assert error.problems
            for problem in error.problems:
                assert problem.line >= 1 and problem.column >= 1, (number, problem)
                assert problem.line <= text.count(b"\n") + text.count(b"\r") + 2, (number, problem)
        assert time.process_time() - start < SECONDS, number
    assert refused > DOCUMENTS / 3
