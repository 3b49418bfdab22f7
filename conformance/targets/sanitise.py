"""Texts that came out of a cell, made safe to show and to store. Done once, at capture."""

from __future__ import annotations

import hashlib
import re

LIMIT = 64 * 1024
"""How many characters of one text are kept."""

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and line feed
    "\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufff9-\ufffb"  # invisible
    "\u2028-\u202e\u2066-\u206f"  # line separators and bidirectional overrides
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e007f"  # tags
    "]"
)


def sanitise(text: str, limit: int = LIMIT) -> str:
    """`text` with every control, invisible, bidirectional and surrogate character as a visible escape, cut to
    `limit` characters. The mark at a cut has a digest, so that texts that differ behind it stay different."""
    kept = _UNSAFE.sub(_escape, text[:limit])
    if len(text) <= limit:
        return kept
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{kept}\n[{len(text) - limit} more characters, sha256 {digest}]"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
