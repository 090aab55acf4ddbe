"""Random normal queries and KV of a case, bf16."""

import math

import torch

from cases import KV_HEADS, Q_HEADS

_ARENA_ELEMENTS = 9_000_000_000  # of K and of V: decode at batch 32 and 256K fits
_ARENA_SHARE = 0.3  # of the free memory, for each


def _normal(*shape):
    return torch.randn(*shape, device="cuda", dtype=torch.bfloat16)


class Arena:
    """KV memory that decode cases cut into copies, filled once."""

    def __init__(self):
        self._kv = None

    def _memory(self):
        if self._kv is None:
            free, _ = torch.cuda.mem_get_info()
            elements = min(_ARENA_ELEMENTS, int(free * _ARENA_SHARE / 2))
            self._kv = [torch.empty(elements, device="cuda", dtype=torch.bfloat16) for _ in "kv"]
            for tensor in self._kv:
                for part in tensor.split(1 << 28):
                    part.normal_()
        return self._kv

    def release(self):
        self._kv = None

    def copies(self, case, wanted):
        """[(k, v)], at most `wanted`; none if the arena does not hold the case once."""
        shape = (case.batch, KV_HEADS, case.kv_len, case.head_dim)
        size = math.prod(shape)
        count = min(wanted, self._memory()[0].numel() // size)
        return [
            tuple(x[i * size : (i + 1) * size].view(shape) for x in self._memory())
            for i in range(count)
        ]


def queries(case):
    return _normal(case.batch, case.q_len, Q_HEADS, case.head_dim)


def prefill_kv(case):
    shape = (case.batch, KV_HEADS, case.kv_len, case.head_dim)
    return [(_normal(*shape), _normal(*shape))]
