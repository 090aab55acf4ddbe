"""Block masks of a pattern: [q_heads, q blocks, kv blocks], true where a block is read."""

import torch

from cases import BLOCK_TOKENS, KV_HEADS, LOCAL_BLOCKS, Q_HEADS, SINK_BLOCKS


def _streaming(q_block, kv_block):
    """A streaming query block reads the first blocks and the last ones up to its own."""
    return (kv_block < SINK_BLOCKS) | (kv_block > q_block - LOCAL_BLOCKS)


def block_mask(case, pattern, seed=1):
    """Lists: each head draws its own blocks below the diagonal; the diagonal and block 0 are always
    read. Decode: one query block, the last."""
    kv_blocks = case.kv_len // BLOCK_TOKENS
    q_blocks = max(1, case.q_len // BLOCK_TOKENS)
    kv_block = torch.arange(kv_blocks, device="cuda")
    q_block = torch.arange(kv_blocks - q_blocks, kv_blocks, device="cuda").unsqueeze(1)
    if not case.causal and case.phase == "prefill":
        return torch.ones(Q_HEADS, q_blocks, kv_blocks, dtype=torch.bool, device="cuda")
    visible = kv_block <= q_block
    if pattern.density:
        generator = torch.Generator(device="cuda").manual_seed(seed)
        shape = (Q_HEADS, q_blocks, kv_blocks)
        chosen = torch.rand(shape, device="cuda", generator=generator) < pattern.density
        return (chosen | (kv_block == 0) | (kv_block == q_block)) & visible
    group = Q_HEADS // KV_HEADS
    streams = [pattern.streams(head // group) for head in range(Q_HEADS)]
    streams = torch.tensor(streams, device="cuda").view(-1, 1, 1)
    return visible & (~streams | _streaming(q_block, kv_block))
