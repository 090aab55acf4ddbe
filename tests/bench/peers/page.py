"""Makes a docs/measurements/peers*.md from the .json beside it.

    python3 tests/bench/peers/page.py docs/measurements/peers.json docs/measurements/peers.md"""

import collections
import json
import pathlib
import statistics
import sys

import tables as peers_tables
from bars import bars_for, short

_MOST_NAMED = 8  # missed cases of a bar that are listed by name
_MIXES = ("streaming 8 of 8", "streaming 7 of 8", "streaming 6 of 8", "streaming 4 of 8")
_TITLE = """# Peers in the same run

Made by `tests/bench/peers/page.py` from the .json file of the same name; do not edit. 32 query heads,
8 KV heads, bf16, random normal data; prefill at batch 1 with q_len = kv_len, decode with one query.
GPU, date and commit: "Runs", below. All kernels of a case share their tensors in one process on one GPU and run in turns: each is
a CUDA graph between two events, each round begins with another kernel, and the numbers are medians.
Before a case is timed its outputs are compared row by row. Decode reads KV cold: graphs go through
copies that together exceed four times the L2. decode_split and its combine may start before the
launch ahead of them ends (programmatic dependent launch), and from commit 9d6b6ba on decode_split
then has its first KV blocks under way: `docs/measurements/decode_split.md` says what that is worth;
the peers are launched as PyTorch does it. Ratio: time of the peer / our time.

In turns a kernel that draws much power profits from lighter neighbours, and up to 16K a case ends
before the card is at its power limit: alone in a row prefill_wgmma is slower than here
(`docs/measurements/prefill_wgmma.md`). The ratios compare like with like.

SDPA knows no head mix: in decode it reads all of the KV whatever the pattern, and FlexAttention is
the peer that reads what we read; its masks are built from block lists, one per head. prefill_mma is
the kernel for GPUs without wgmma, which FlexAttention uses here: no bar compares the two.
`streaming K of 8`: K of the KV heads read 1 sink block and 16 local blocks of 128 tokens.
`lists D`: every query head draws each block below the diagonal with probability D; the diagonal and
block 0 are always read. Work ratio: visited blocks by those of the dense case. Full bandwidth: the
most that a copy, a sum or any full decode of the same run, ours or a peer's, moved per second.
"""
_FLASHINFER = """Another day (2026-11-23), on an H200: FlashInfer (fa3, 128 blocks), TFLOP/s at
densities 0.1 / 0.25 / 0.5: a mask per KV head 350 / 429 / 470 at 16K and 415 / 453 / 472 at 64K;
one mask for all heads 404 / 483 / 516 and 499 / 533 / 544.
"""


def _bar_line(bar, rows):
    covered, missed = bar.rows(rows), bar.missed(rows)
    if not covered:
        return bar.what, f"{bar.least:.3g}", "not measured", "", ""
    named = [f"{short(row)}: {bar.ratio(row):.3f}" for row in missed]
    more = len(named) - _MOST_NAMED
    text = "; ".join(named[:_MOST_NAMED]) + (f"; {more} more" if more > 0 else "")
    met = f"{len(covered) - len(missed)} of {len(covered)}"
    worst = min(map(bar.ratio, covered))
    return bar.what, f"{bar.least:.3g}", met, f"{worst:.3f}", text or "none"


def _bars(runs, rows):
    header = ("bar", "least ratio", "met", "worst", "missed")
    return "## Bars\n\n" + peers_tables.table(header, [_bar_line(bar, rows) for bar in bars_for(runs)])


def _run_line(run, rows):
    before, after = run["before"], run["after"]
    return (
        run["date"],
        run["commit"],
        f"{run['gpu']}, driver {before['driver_version']}",
        f"{run['torch']}, cuDNN {run['cudnn']}",
        f"{before['clocks.sm']}, {before['power.draw']}",
        f"{after['clocks.sm']}, {after['power.draw']}",
        f"{run['full_bandwidth_bytes_per_s'] / 1e12:.2f}",
        rows,
        len(run["skipped"]) + len(run["failed"]),
    )


def _runs(runs, rows):
    states = ("before", "after", "full bandwidth, TB/s", "rows", "cases not run")
    header = ("date", "commit", "GPU", "torch", *states)
    counts = collections.Counter(row["run"] for row in rows)
    lines = [_run_line(run, counts[i]) for i, run in enumerate(runs)]
    text = "## Runs\n\n" + peers_tables.table(header, lines)
    if not rows:
        return text
    spreads = sorted(row["ours_spread"] for row in rows)
    half, most = statistics.median(spreads), spreads[int(0.9 * len(spreads))]
    return text + (
        f"\n(Largest - smallest sample) / median of ours: up to {half:.1%} in half of the rows, "
        f"up to {most:.1%} in nine of ten.\n"
    )


def _errors(runs):
    if not runs:
        return ""
    lines = [
        (error["case"], error["pattern"], error["kernel"], f"{error['error']:.1e}")
        for error in runs[-1]["fp32_errors"]
    ]
    header = ("case", "pattern", "kernel", "largest relative error of a row")
    return "## Against fp32, small shapes, last run\n\n" + peers_tables.table(header, lines)


def page(document):
    rows, runs = document["rows"], document["runs"]
    lists = peers_tables.prefill_sparse(rows, "lists", "random lists per head")
    parts = [
        _TITLE,
        _bars(runs, rows),
        *(
            peers_tables.prefill_dense(rows, causal, head_dim)
            for causal in (True, False)
            for head_dim in (128, 64)
        ),
        peers_tables.prefill_sparse(rows, "streaming", "head mixes"),
        lists,
        _FLASHINFER if lists else "",
        *(peers_tables.decode_full(rows, head_dim) for head_dim in (128, 64)),
        peers_tables.decode_mixes(rows, _MIXES),
        peers_tables.decode_flex(rows),
        _runs(runs, rows),
        _errors(runs),
    ]
    return "\n".join(part for part in parts if part)


def main(source, target):
    document = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    pathlib.Path(target).write_text(page(document), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
