"""The bars of the project that peers.json can answer, and which of its rows meet them."""

import dataclasses
from typing import Callable

from cases import BANDWIDTH, CUDNN, FLASH, FLEX, OWN_DENSE, PREFILL_KERNELS

# Rounding of a bar must not fail it: 1 / 1.10 is 0.909, and ratios have three digits.
_DIGITS = 3

# Best published kernel of a full decode with cold KV: {(batch, kv_len): us}. FlashInfer, FA3 and
# cuDNN on another H200 on 2026-11-23, the same shapes.
PUBLISHED_ON = "NVIDIA H200"
PUBLISHED_DECODE_US = {
    (1, 4096): 12.4,
    (1, 8192): 16.4,
    (1, 32768): 42.0,
    (1, 131072): 136.0,
    (4, 4096): 24.3,
    (4, 8192): 41.2,
    (4, 32768): 131.0,
    (4, 131072): 494.0,
    (16, 4096): 72.7,
    (16, 8192): 132.0,
    (16, 32768): 494.0,
    (16, 131072): 1887.0,
    (32, 4096): 129.0,
    (32, 8192): 250.0,
    (32, 32768): 957.0,
    (32, 131072): 3759.0,
}


def measured(row):
    return row["ratio"]


def to_published(row):
    return PUBLISHED_DECODE_US[row["batch"], row["kv_len"]] / row["ours_us"]


@dataclasses.dataclass(frozen=True)
class Bar:
    """Rows that `covers` admits have ratio(row), peer's time / ours, >= least."""

    what: str
    least: float
    covers: Callable
    ratio: Callable = measured
    gpu: str | None = None  # the bar holds for runs on this GPU alone

    def rows(self, rows):
        covered = [row for row in rows if self.covers(row)]
        return sorted(covered, key=lambda row: (row["batch"], row["kv_len"], row["pattern"]))

    def missed(self, rows):
        least = round(self.least, _DIGITS)
        return [row for row in self.rows(rows) if round(self.ratio(row), _DIGITS) < least]


def _prefill(kernel, peer, pattern, least_kv=0):
    def covers(row):
        return (
            (row["phase"], row["kernel"], row["peer"]) == ("prefill", kernel, peer)
            and row["causal"]
            and row["head_dim"] == 128
            and row["pattern"].startswith(pattern)
            and row["kv_len"] >= least_kv
        )

    return covers


def _decode(peers, patterns, kv_len=None):
    def covers(row):
        return (
            row["phase"] == "decode"
            and row["head_dim"] == 128
            and row["peer"] in peers
            and row["pattern"] in patterns
            and kv_len in (None, row["kv_len"])
        )

    return covers


def _published(row):
    is_full = _decode((BANDWIDTH,), ("dense",))(row)  # one row of each case
    return is_full and (row["batch"], row["kv_len"]) in PUBLISHED_DECODE_US


BARS = [
    Bar(
        "prefill_wgmma, causal, head_dim 128, 8K to 128K: 1.05 x cuDNN",
        1.05,
        _prefill("prefill_wgmma", CUDNN, "dense", 8192),
    ),
    Bar(
        "prefill_mma, causal, head_dim 128: FlashAttention-2 (SDPA flash)",
        1.0,
        _prefill("prefill_mma", FLASH, "dense"),
    ),
    *(
        Bar(
            f"{kernel}, head mixes from 32K on: time <= 1.10 x work ratio x own dense time",
            1 / 1.10,
            _prefill(kernel, OWN_DENSE, "streaming", 32768),
        )
        for kernel in PREFILL_KERNELS
    ),
    Bar(
        "prefill_wgmma, head mixes from 32K on: 1.5 x FlexAttention",
        1.5,
        _prefill("prefill_wgmma", FLEX, "streaming", 32768),
    ),
    Bar(
        "prefill_wgmma, random lists per head: 1.5 x FlexAttention",
        1.5,
        _prefill("prefill_wgmma", FLEX, "lists"),
    ),
    Bar(
        "decode_split, full, cold KV: the best published kernel of the case",
        1.0,
        _published,
        to_published,
        PUBLISHED_ON,
    ),
    *(
        Bar(f"decode_split, full, cold KV: {peer}", 1.0, _decode((peer,), ("dense",)))
        for peer in (FLASH, CUDNN)
    ),
    Bar(
        "decode_split, 1, 2, 4 full heads of 8, 128K: time <= 1.15 x its bytes at full bandwidth",
        1 / 1.15,
        _decode((BANDWIDTH,), ("streaming 7 of 8", "streaming 6 of 8", "streaming 4 of 8"), 131072),
    ),
]


def bars_for(runs):
    """The bars that rows of these runs can be held against."""
    gpus = {run["gpu"] for run in runs}
    return [bar for bar in BARS if bar.gpu is None or gpus <= {bar.gpu}]


def short(row):
    """A row in few words: `b4 32K streaming 4 of 8`."""
    batch = f"b{row['batch']} " if row["phase"] == "decode" else ""
    pattern = "" if row["pattern"] == "dense" else f" {row['pattern']}"
    return f"{batch}{row['kv_len'] // 1024}K{pattern}"
