"""Our kernels on torch's tensors."""

import ctypes

import torch

from cases import KV_HEADS, PLANS, Q_HEADS
from bindings import Request, Tensors


def _lists(mask):
    """plan::BlockLists of a block mask [q_heads, q blocks, kv blocks]."""
    row_begin = torch.zeros(mask.shape[0] * mask.shape[1] + 1, dtype=torch.int64)
    row_begin[1:] = mask.sum(dim=-1).flatten().cumsum(0).cpu()
    return row_begin, mask.nonzero()[:, 2].to(torch.int32).cpu()


class Layer:
    """One layer of ours: planned and uploaded once, then enqueued on torch's current stream."""

    def __init__(self, library, case, kernel, pattern, mask=None):
        self._library, self._layer = library, ctypes.c_void_p()
        execution, scheduler = PLANS[kernel]
        streams = [int(pattern.streams(head)) for head in range(KV_HEADS)]
        lists = _lists(mask) if pattern.density else None
        request = Request(
            kernel=kernel.encode(),
            execution=execution.encode(),
            scheduler=scheduler.encode(),
            causal=int(case.causal),
            batch=case.batch,
            q_len=case.q_len,
            kv_len=case.kv_len,
            q_heads=Q_HEADS,
            kv_heads=KV_HEADS,
            head_dim=case.head_dim,
            streams=(ctypes.c_uint8 * KV_HEADS)(*streams),
            row_begin=lists[0].data_ptr() if lists else None,
            columns=lists[1].data_ptr() if lists else None,
        )
        library.call("make", ctypes.byref(request), ctypes.byref(self._layer))
        rows = (case.batch, case.q_len, Q_HEADS)
        self.o = torch.full((*rows, case.head_dim), torch.nan, dtype=torch.bfloat16, device="cuda")
        self._lse = torch.empty(rows, dtype=torch.float32, device="cuda")

    def visited_blocks(self):
        blocks = ctypes.c_int64()
        self._library.call("visited_blocks", self._layer, ctypes.byref(blocks))
        return blocks.value

    def __call__(self, q, k, v):
        """q [batch, q_len, q_heads, d], k and v [batch, kv_heads, kv_len, d]; returns o like q."""
        pointers = (tensor.data_ptr() for tensor in (q, k, v, self.o, self._lse))
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        self._library.call("launch", self._layer, ctypes.byref(Tensors(*pointers)), stream)
        return self.o

    def free(self):
        torch.cuda.synchronize()
        self._library.call("free", self._layer)
