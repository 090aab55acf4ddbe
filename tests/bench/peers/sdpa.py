"""The peers: PyTorch's SDPA (flash, cuDNN) and FlexAttention, each as a call on (q, k, v) with
q [batch, q_len, q_heads, d] and k, v [batch, kv_heads, kv_len, d] that returns o like q."""

import functools
import time

import torch
import torch._dynamo
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import BlockMask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

from cases import BLOCK_TOKENS, CUDNN, FLASH, KV_HEADS, Q_HEADS

_BACKENDS = {FLASH: SDPBackend.FLASH_ATTENTION, CUDNN: SDPBackend.CUDNN_ATTENTION}


def sdpa(peer, causal):
    """Reads all of the KV, whatever the pattern."""

    def call(q, k, v):
        with sdpa_kernel([_BACKENDS[peer]]):
            return scaled_dot_product_attention(
                q.transpose(1, 2), k, v, is_causal=causal, enable_gqa=True
            ).transpose(1, 2)

    return call


def _causal(_batch, _head, q_index, kv_index):
    return q_index >= kv_index


def _all(_batch, _head, _q_index, kv_index):
    return kv_index >= 0


def _ordered(mask):
    """(number of true blocks, their indices first) of each row, for BlockMask."""
    order = torch.argsort(mask.to(torch.int8), dim=-1, descending=True, stable=True)
    return mask.sum(dim=-1, dtype=torch.int32).unsqueeze(0), order.to(torch.int32).unsqueeze(0)


def _flex_mask(mask, masked, q_len, kv_len, rule):
    """`masked`: the blocks to which `rule` applies; the others are read whole."""
    partial, full = _ordered(mask & masked), _ordered(mask & ~masked)
    return BlockMask.from_kv_blocks(
        *partial, *full, BLOCK_SIZE=BLOCK_TOKENS, mask_mod=rule, seq_lengths=(q_len, kv_len)
    )


@functools.cache
def _compiled():
    """Recompiles for each shape; all masks of a shape share one compilation."""
    torch._dynamo.config.recompile_limit = 64
    return torch.compile(flex_attention, dynamic=False)


def flex_prefill(case, mask):
    """Causal attention on the blocks of `mask`, one list per head and query block."""
    diagonal = torch.eye(mask.shape[-1], dtype=torch.bool, device="cuda")
    blocks = _flex_mask(mask, diagonal, case.q_len, case.kv_len, _causal)

    def call(q, k, v):
        out = _compiled()(q.transpose(1, 2), k, v, block_mask=blocks, enable_gqa=True)
        return out.transpose(1, 2)

    return call


def flex_decode(case, mask):
    """The query heads of a KV head as query rows: the form that runs FlexAttention's decoding
    kernel with a mask per KV head."""
    group = Q_HEADS // KV_HEADS
    mask = mask[::group]  # all heads of a group read the same
    blocks = _flex_mask(mask, torch.zeros_like(mask), group, case.kv_len, _all)

    def call(q, k, v):
        rows = q.view(case.batch, KV_HEADS, group, case.head_dim)
        return _compiled()(rows, k, v, block_mask=blocks).reshape(q.shape)

    return call


def flex(case, mask):
    return flex_decode(case, mask) if case.phase == "decode" else flex_prefill(case, mask)


def timed_first_call(call, tensors, name):
    """The first call compiles; says how long that took."""
    begin = time.monotonic()
    out = call(*tensors)
    torch.cuda.synchronize()
    seconds = time.monotonic() - begin
    if seconds > 1:
        print(f"  first call of {name}: {seconds:.1f} s", flush=True)
    return out
