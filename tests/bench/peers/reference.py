"""Ours and SDPA against attention in fp32, on small shapes."""

import check as peers_check
from cases import CUDNN, DENSE, FLASH, Pattern, decode, prefill
from run import CaseRun

_PATTERNS = (DENSE, Pattern(streaming=4), Pattern(density=0.25))


def cases():
    for head_dim in (128, 64):
        yield prefill(4096, head_dim, patterns=_PATTERNS, peers=(FLASH, CUDNN))
        yield prefill(2048, head_dim, causal=False, peers=(FLASH, CUDNN))
        yield decode(2, 4096, head_dim, patterns=_PATTERNS[:2], peers=(FLASH, CUDNN))


def errors(library, arena):
    """[{case, pattern, kernel, error}] of ours and of the dense peers."""
    found = []
    for case in cases():
        run = CaseRun(case, library, arena)
        tensors = (run.q, *run.kv[0])
        calls = {**run.ours, **run.peers}
        for (name, pattern), call in calls.items():
            expected = peers_check.fp32_attention(case, run.masks[pattern], *tensors)
            what = f"{case.name} {pattern.name}: {name} and fp32"
            most = peers_check.MOST_REFERENCE_ERROR
            error = peers_check.agreed(call(*tensors), expected, what, most)
            found.append(
                {
                    "case": case.name,
                    "pattern": pattern.name,
                    "kernel": name,
                    "error": float(f"{error:.2e}"),
                }
            )
        run.free()
    return found
