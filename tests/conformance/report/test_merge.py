"""Shards that make a run, and those that do not."""

from dataclasses import replace

import pytest

from conformance.compare.verdict import Check
from conformance.report.merge import merge
from conformance.report.run import JournalError, Stale, counts, read

from .test_run import FOOTER, HEADER, result, write

WHOLE = replace(HEADER, cases=3, cells=3, options={"targets": ["engine"]})


def shard(folder, number, total, orders=None, *, name="", footer=None, header=WHOLE, results=None):
    orders = range(number - 1, 3, total) if orders is None else orders
    results = [result(order=order) for order in orders] if results is None else results
    header = replace(header, id=f"{number}/{total}", shard=f"{number}/{total}")
    footer = replace(footer or FOOTER, counts=counts(results))
    return write(folder / f"{name or f'{number}-{total}'}.ndjson", header, *results, footer)


def test_shards_in_any_order_make_the_run(tmp_path):
    one, two = shard(tmp_path, 1, 2), shard(tmp_path, 2, 2)
    record = merge([two, one])
    assert record == merge([one, two])
    assert (record.header.shard, record.complete, record.footer.exit_code) == ("", True, 0)
    assert [each.order for each in record.results] == [0, 1, 2]
    assert record.footer.counts == {"engine": {"conforms": 3}}


def test_what_is_no_set_of_shards_is_refused(tmp_path):
    one, two = shard(tmp_path, 1, 2), shard(tmp_path, 2, 2)
    half = write(tmp_path / "half.ndjson", replace(WHOLE, shard="2/2"), result(order=1))
    whole = write(tmp_path / "whole.ndjson", WHOLE, result())
    foreign = shard(tmp_path, 2, 2, name="foreign", header=replace(WHOLE, specs="other"))
    for paths, told in (
        ([one], r"not all shards are here: 2/2 missing"),
        ([one, two, shard(tmp_path, 2, 2, name="again")], r"shard 2/2 is there twice: .*2-2.ndjson and .*again.ndjson"),
        ([one, shard(tmp_path, 2, 3)], r"the shards are of different numbers: 1/2, 1/3"),
        ([one, foreign], r"foreign.ndjson is of another run than .*: the specs that were selected differ"),
        ([one, half], r"half.ndjson is incomplete: run its shard again with --resume"),
        ([one, whole], r"whole.ndjson is no shard"),
        (
            [one, shard(tmp_path, 2, 2, [], name="empty")],
            r"does not hold what shard 2/2 has to: 1 of its results",
        ),
        ([one, shard(tmp_path, 2, 2, [1, 2], name="more")], r"1 of its results belong to another shard"),
        ([one, shard(tmp_path, 2, 2, [1, 1], name="double")], r"1 of its results are there twice"),
    ):
        with pytest.raises(JournalError, match=told):
            merge(paths)


def test_an_entry_is_stale_only_if_it_accepted_nothing_in_any_shard(tmp_path):
    used = Stale("area/*::*", "engine", "stdout", "r", "known.yaml:9")
    unused = Stale("area/suite::case-0", "engine", "values", "r", "known.yaml:2")
    accepted = replace(result("known", order=1), checks=(Check("stdout", "known", 1, was="diverges", reason="r"),))
    one = shard(tmp_path, 1, 2, footer=replace(FOOTER, stale=(used, unused)))
    two = shard(tmp_path, 2, 2, results=[accepted])
    record = merge([one, two])
    assert record.footer.stale == (unused,)
    assert record.footer.exit_code == 1


def test_a_cut_shard_is_refused(tmp_path):
    one, two = shard(tmp_path, 1, 2), shard(tmp_path, 2, 2)
    lines = one.read_bytes().splitlines(keepends=True)
    one.write_bytes(b"".join([lines[0], *lines[2:]]))
    with pytest.raises(JournalError, match="its footer counts other cells than it holds"):
        merge([one, two])
    one.write_bytes(b"".join(lines[:-1]))
    assert not read(one).complete
    with pytest.raises(JournalError, match="is incomplete"):
        merge([one, two])
