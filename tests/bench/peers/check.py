"""Outputs agree, or nothing is timed. Errors are the largest relative error of an output row,
|out - reference| / |reference| over head_dim; a NaN anywhere is an infinite error."""

import math

import torch

from cases import BLOCK_TOKENS, KV_HEADS, LOCAL_BLOCKS, Q_HEADS, SINK_BLOCKS

MOST_ERROR = 2e-2  # between two kernels that round to bf16
MOST_REFERENCE_ERROR = 1e-2  # against fp32


def row_error(out, reference):
    """Of [batch, q_len, q_heads, d] tensors."""
    worst = 0.0
    for ours, theirs in zip(out.split(4096, dim=1), reference.split(4096, dim=1)):
        ours, theirs = ours.float(), theirs.float()
        errors = (ours - theirs).norm(dim=-1) / theirs.norm(dim=-1)
        here = errors.max().item()  # NaN if any is
        worst = max(worst, math.inf if math.isnan(here) else here)
    return worst


def agreed(out, reference, what, most=MOST_ERROR):
    """The error; raises above `most`."""
    error = row_error(out, reference)
    if not error <= most:
        raise RuntimeError(f"{what}: outputs differ by {error:.2e} (rounding: {most:.0e} at most)")
    return error


def fp32_attention(case, mask, q, k, v):
    """Textbook attention in fp32 on the blocks of `mask`; small shapes only."""
    group = Q_HEADS // KV_HEADS
    keys, values = (x.float().repeat_interleave(group, dim=1) for x in (k, v))
    scores = q.transpose(1, 2).float() @ keys.transpose(2, 3) / math.sqrt(case.head_dim)
    seen = mask.repeat_interleave(BLOCK_TOKENS, dim=2)
    if case.phase == "prefill":
        seen = seen.repeat_interleave(BLOCK_TOKENS, dim=1)
        if case.causal:
            seen = seen & torch.ones(seen.shape[1:], dtype=torch.bool, device="cuda").tril()
    return (scores.masked_fill(~seen, -math.inf).softmax(dim=-1) @ values).transpose(1, 2)


def streaming_reference(dense, pattern, dense_output, q, k, v):
    """Decode with `pattern` from two calls of a dense peer: all of the KV for the full heads, the
    selected blocks put together for the streaming heads."""
    first, last = SINK_BLOCKS * BLOCK_TOKENS, -LOCAL_BLOCKS * BLOCK_TOKENS
    kept = [torch.cat((x[:, :, :first], x[:, :, last:]), dim=2) for x in (k, v)]
    group = Q_HEADS // KV_HEADS
    streams = [pattern.streams(head // group) for head in range(Q_HEADS)]
    streams = torch.tensor(streams, device="cuda").view(1, 1, -1, 1)
    return torch.where(streams, dense(q, *kept), dense_output)
