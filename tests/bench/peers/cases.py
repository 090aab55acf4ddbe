"""The cases of main.py: plain data, no GPU. Llama-3.1-8B heads, bf16."""

import dataclasses

Q_HEADS, KV_HEADS = 32, 8
BLOCK_TOKENS = 128
SINK_BLOCKS, LOCAL_BLOCKS = 1, 16  # of a streaming head; layer.cpp has the same
DENSITIES = (0.1, 0.25, 0.5)
PREFILL_LENGTHS = [1024 << i for i in range(8)]  # 1K to 128K
DECODE_LENGTHS = [4096 << i for i in range(7)]  # 4K to 256K
DECODE_BATCHES = (1, 2, 4, 8, 16, 32)

FLASH, CUDNN, FLEX = "SDPA flash", "SDPA cuDNN", "FlexAttention"
OWN_DENSE = "work ratio x own dense"
BANDWIDTH = "its bytes at full bandwidth"

# How our kernels are planned (plan/layer/names.hpp): execution, scheduler.
PLANS = {
    "prefill_wgmma": ("fused", "persistent"),
    "prefill_mma": ("fused", "longest_first"),
    "decode_split": ("balanced", "longest_first"),
}
PREFILL_KERNELS = ("prefill_wgmma", "prefill_mma")


@dataclasses.dataclass(frozen=True)
class Pattern:
    """What the heads read: all, or `streaming` KV heads 1 + 16 blocks, or random lists."""

    streaming: int = 0  # of KV_HEADS
    density: float = 0  # 0: no lists

    @property
    def name(self):
        if self.density:
            return f"lists {self.density:g}"
        return f"streaming {self.streaming} of {KV_HEADS}" if self.streaming else "dense"

    def streams(self, kv_head):
        """The streaming heads lie evenly among the others."""
        return kv_head * self.streaming % KV_HEADS < self.streaming


DENSE = Pattern()


@dataclasses.dataclass(frozen=True)
class Case:
    """A shape; its patterns, kernels and peers are timed in turns."""

    phase: str
    causal: bool
    batch: int
    q_len: int
    kv_len: int
    head_dim: int
    patterns: tuple
    kernels: tuple
    peers: tuple

    @property
    def name(self):
        kind = "" if self.phase == "decode" else " causal" if self.causal else " not causal"
        return f"{self.phase}{kind} b{self.batch} kv{self.kv_len} hd{self.head_dim}"


def streaming(counts):
    return tuple(Pattern(streaming=count) for count in counts)


def prefill(length, head_dim, causal=True, patterns=(DENSE,), peers=(FLASH, CUDNN)):
    return Case(
        "prefill", causal, 1, length, length, head_dim, patterns, PREFILL_KERNELS, peers
    )


def decode(batch, length, head_dim=128, patterns=(DENSE,), peers=(FLASH, CUDNN)):
    return Case("decode", False, batch, 1, length, head_dim, patterns, ("decode_split",), peers)


def groups():
    """{name: [Case]}, in the order in which they are run."""
    dims, mixes = (128, 64), streaming((0, 2, 4, 6, 8))
    lists = (DENSE, *(Pattern(density=density) for density in DENSITIES))
    heads = streaming((0, 8, 7, 6, 4))  # all full, none, 1, 2 and 4 full heads of 8
    return {
        "prefill-causal": [prefill(n, d) for d in dims for n in PREFILL_LENGTHS],
        "prefill-mix": [prefill(n, 128, patterns=mixes, peers=(FLEX,)) for n in (32768, 131072)],
        "prefill-lists": [prefill(n, 128, patterns=lists, peers=(FLEX,)) for n in (16384, 65536)],
        "decode": [decode(b, n, patterns=heads) for b in DECODE_BATCHES for n in DECODE_LENGTHS],
        "decode-64": [decode(b, n, 64) for b in (1, 16) for n in (32768, 131072)],
        "decode-flex": [decode(b, 131072, patterns=heads, peers=(FLEX,)) for b in (1, 8)],
        "prefill-full": [prefill(n, d, causal=False) for d in dims for n in PREFILL_LENGTHS],
    }
