"""A run as JUnit XML, HTML, Markdown, annotations and a badge. What came out of a cell is text in all of them."""

import http.server
import json
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from conformance.cli import run_command_line
from conformance.compare.results import CaseResult, CellResult
from conformance.compare.verdict import VERDICTS, Check
from conformance.report import annotations, badge, html, junit, markdown
from conformance.report.merge import write
from conformance.report.run import Record, TargetInfo, counts

from .test_run import FOOTER, HEADER

HOSTILE = '[/foo] <script>alert(1)</script> ]]> ```` & "quote" \ufffe {{ 7 * 7 }} ::error::x\n::error::y'


def case(verdict, order=0, *, target="engine", text=HOSTILE, code="print(1)  # </script><b>"):
    check = Check(
        "stdout", verdict, 1, "x<y", who=f"{target} is wrong, 100%" if verdict == "diverges" else "", document="1\n",
        torch="1\n", target=text, differences=(f"text is {text!r}",), reason="" if verdict == "diverges" else "why",
    )  # fmt: skip
    cells = (CellResult(1, verdict, code, title="<i>title</i>", line=7, seconds=0.5),)
    name = f"area/suite::case-{order}"
    return CaseResult(name, target, verdict, (check,), 0.5, cells, order=order, file="specs/area/suite.yaml")


def record(*results, complete=True):
    ready = TargetInfo("ready", versions={"engine": "1.0"}, device="cpu")
    targets = {**HEADER.targets, "engine": ready, "torch:cuda": TargetInfo("unavailable", "no CUDA <device>")}
    header = replace(HEADER, targets=targets, reference="torch:cpu")
    return Record(header, results, replace(FOOTER, counts=counts(results), complete=complete))


EVERY = record(*(case(verdict, order) for order, verdict in enumerate(VERDICTS)))


def test_junit_maps_every_verdict():
    root = ElementTree.fromstring(junit.render(EVERY))
    found = {
        each.get("name").rpartition("-")[2]: next((child.tag for child in each), "passed")
        for each in root.iter("testcase")
    }
    mapped = {verdict: found[f"{order}#1"] for order, verdict in enumerate(VERDICTS)}
    assert mapped == {
        **dict.fromkeys(VERDICTS, "failure"), "conforms": "passed", "skipped": "skipped", "known": "skipped",
        "crashed": "error", "broken": "error",
    }  # fmt: skip
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("11", "6", "2", "2")
    diverges = next(each for each in root.iter("failure") if each.get("type") == "diverges")
    assert diverges.get("message") == "stdout x<y: engine is wrong, 100%"
    assert "<script>alert(1)</script> ]]>" in diverges.text
    assert "\\ufffe" in diverges.text


def test_an_incomplete_run_is_no_pass_in_any_form():
    stopped = record(case("conforms"), complete=False)
    assert ElementTree.fromstring(junit.render(stopped)).get("errors") == "1"
    assert "Incomplete" in html.render(stopped)
    assert "Incomplete" in markdown.render(stopped)
    assert json.loads(badge.render(stopped))["message"] == "incomplete"


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_page_has_all_in_it_and_nothing_of_a_cell_is_markup():
    page = html.render(EVERY)
    tags = Tags(page).tags
    names = [tag for tag, _ in tags]
    assert names.count("script") == names.count("style") == 1
    assert "b" not in names and "i" not in names
    assert not [attrs for _, attrs in tags if {"src", "href", "style", "onclick"} & attrs.keys()]
    policy = next(attrs["content"] for tag, attrs in tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "{{ 7 * 7 }}" in page
    assert names.count("details") == len(VERDICTS)


def test_a_side_is_there_for_the_document_torch_and_the_target():
    page = html.render(record(case("diverges", text="2\n")))
    sides = re.findall(r"<div>([\w:, ]+)<pre>(.*?)</pre>", page)
    assert sides == [("document, torch:cpu", "1"), ("engine", "<mark>2</mark>")]


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


def looked_at(path, page, hash="", *options):
    """The page as a browser has it once its script has run, or what the browser was asked for instead."""
    path.write_text(page, encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={path.parent / 'profile'}"]
    command += [*(options or ["--dump-dom"]), f"file://{path}{hash}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def visible(dom):
    """The addresses of the cells that are shown."""
    cells = re.findall(r"<details ([^>]*)>.*?<code>(.*?)</code>", dom, re.DOTALL)
    return [address for attributes, address in cells if "hidden" not in attributes]


@needs_browser
@pytest.mark.parametrize(
    ("hash", "orders"),
    [
        ("", range(2, 11)),  # all but what conforms and what was skipped
        ("#v=diverges", [6]),
        ("#v=diverges,known&q=case-2", [2]),
        ("#v=diverges,known&t=engine&q=print", [2, 6]),
        ("#q=nothing", []),
        ("#q=CASE-6%20%3Cscript", [6]),
    ],
)
def test_the_page_filters_in_a_browser(tmp_path, hash, orders):
    dom = looked_at(tmp_path / "report.html", html.render(EVERY), hash)
    assert visible(dom) == [f"area/suite::case-{order}#1" for order in orders]
    assert f'<span id="shown" class="dim">{len(orders)} of 11 shown</span>' in dom


@needs_browser
def test_a_browser_runs_nothing_but_the_script_of_the_page_and_asks_nobody(tmp_path):
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        injected = (
            f'<img src="{there}/image"><link rel="stylesheet" href="{there}/style">'
            f'<script src="{there}/script"></script>'
            f'<script>document.title = "taken"; fetch("{there}/fetch")</script>'
            f"<img src=x onerror=\"document.title = 'taken'\">"
        )
        page = html.render(EVERY)
        dom = looked_at(tmp_path / "report.html", page.replace("<main", injected + "<main"))
        bare = re.sub("<meta http-equiv[^>]*>", "", page).replace("<main", injected + "<main")
        assert "<title>taken" in looked_at(tmp_path / "bare.html", bare)  # what the policy is for
        server.shutdown()
    assert "<title>Does this behave" in dom
    assert "9 of 11 shown" in dom
    assert {path for path in asked if path != "/favicon.ico"} == {"/image", "/style", "/script", "/fetch"}


@needs_browser
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_the_page_is_no_wider_than_its_window(tmp_path, width):
    long = record(case("diverges", text="x" * 3000, code="y = " + "1 + " * 300 + "1"))
    probe = "<script>document.title = `${document.documentElement.scrollWidth} in ${innerWidth}`</script>"
    page = html.render(long).replace("<details", "<details open").replace("</body>", f"{probe}</body>")
    page = re.sub("<meta http-equiv[^>]*>", "", page)
    dom = looked_at(tmp_path / "report.html", page, "", "--dump-dom", f"--window-size={width},800")
    found, room = map(int, re.search(r"<title>(\d+) in (\d+)", dom).groups())
    assert found <= room


def test_markdown_keeps_within_the_limit_and_its_fences():
    page = markdown.render(EVERY)
    assert "| engine | 1 | 1 |" in page
    assert "torch:cuda did not run: no CUDA \\<device\\>" in page
    assert "\nengine: CPU, engine 1.0  \n" in page
    assert "`````\n" in page  # longer than the four of the cell
    assert "on engine: <b>diverges</b>, stdout x&lt;y: engine is wrong, 100%</summary>" in page
    assert page.index("<b>diverges</b>") < page.index("<b>drifted</b>")
    many = record(*(case("diverges", order, text="x" * 5000) for order in range(300)))
    page = markdown.render(many)
    assert len(page.encode()) <= markdown.LIMIT
    assert re.search(r"And \d+ more, which do not fit here.", page)


def test_annotations_stand_at_the_cell_and_are_one_line_each():
    text = annotations.render(EVERY)
    lines = text.splitlines()
    assert len(lines) == 8
    diverges = next(line for line in lines if line.endswith("engine is wrong, 100%25"))
    assert diverges.startswith(
        "::error file=specs/area/suite.yaml,line=7,title=area/suite%3A%3Acase-6#1 on engine%3A diverges::stdout x<y: "
    )
    assert annotations.render(record(case("conforms"))) == ""


def test_the_badge_counts_what_ran():
    assert json.loads(badge.render(record(case("conforms"), case("skipped", 1), case("known", 2)))) == {
        "schemaVersion": 1, "label": "autograd conformance", "message": "2 of 2 cells", "color": "brightgreen",
    }  # fmt: skip
    assert json.loads(badge.render(EVERY))["color"] == "red"
    assert json.loads(badge.render(record(case("skipped"))))["message"] == "nothing ran"


@pytest.mark.parametrize("form", ["junit", "html", "markdown", "annotations", "badge"])
def test_every_form_is_written_or_printed(tmp_path, capsys, form):
    journal, output = tmp_path / "run.ndjson", tmp_path / "new" / "report"
    write(EVERY, journal)
    assert run_command_line(["report", str(journal), "--as", form]) == 0
    assert run_command_line(["report", str(journal), "--as", form, "-o", str(output)]) == 0
    assert output.read_text(encoding="utf-8") == capsys.readouterr().out
