from datetime import date

from conformance.known import Known, KnownDivergence
from conformance.report.known import lines, page

ENTRY = {"address": "seeds/a::b", "target": "engine", "check": "stdout", "reason": "the | last <b>bit</b>"}
KNOWN = Known(
    (
        KnownDivergence.model_validate(ENTRY),
        KnownDivergence.model_validate(ENTRY | {"target": "torch:*", "expires": "2026-01-01"}),
        KnownDivergence.model_validate(ENTRY | {"expires": "2027-01-31", "link": "https://example.org/1"}),
    ),
    date(2026, 6, 1),
)


def test_lines():
    assert list(lines(KNOWN))[1] == "seeds/a::b  torch:*  stdout  the | last <b>bit</b> (**expired** after 2026-01-01)"
    assert list(lines(KNOWN))[2].endswith(" (until 2027-01-31)  https://example.org/1")


def test_the_page_has_a_table_for_each_target():
    text = "\n".join(page(KNOWN))
    assert text.count("| address |") == 2
    reason = r"the \| last \<b\>bit\</b\>"
    assert f"| `seeds/a::b` | stdout | {reason} | without end |" in text
    assert f"| `seeds/a::b` | stdout | {reason} ([discussion](https://example.org/1)) | until 2027-01-31 |" in text
    assert "## torch:\\*\n\n| address | check | reason | accepted |\n|---|---|---|---|\n" in text
    assert "**expired** after 2026-01-01" in text
    assert "There are none." in "\n".join(page(Known()))
