"""Writes a table of cases as a serving study has them. Usage: case_table.py ROWS > cases.csv"""

import random
import sys

COLUMNS = (
    "phase,batch,q_len,kv_len,q_heads,kv_heads,head_dim,selection,sink_tokens,local_tokens,"
    "full_heads,execution,scheduler"
)
SHAPES = [(32, 8), (64, 8), (32, 4), (28, 4), (16, 8), (32, 32)]
MOST_BATCH_TOKENS = 1 << 21


def lengths(draw, decode):
    """batch, q_len, kv_len: kv_len is spread evenly over the powers of two, none is drawn twice as a rule."""
    scale = 1 << (draw.randint(9, 16) if decode else draw.randint(8, 14))
    kv_len = draw.randint(scale, 2 * scale)
    batch = 1 << draw.randint(0, 6 if decode else 2)
    while batch > 1 and batch * kv_len > MOST_BATCH_TOKENS:
        batch //= 2
    if decode:
        return batch, 1, kv_len
    chunk = draw.randint(0, 2) == 0
    return batch, min(kv_len, 512 << draw.randint(0, 3)) if chunk else kv_len, kv_len


def row(draw):
    decode = draw.randint(0, 4) != 0
    batch, q_len, kv_len = lengths(draw, decode)
    q_heads, kv_heads = draw.choice(SHAPES)
    scheduler = draw.choice(["natural", "longest_first", "persistent"])
    head = f"{'decode' if decode else 'prefill'},{batch},{q_len},{kv_len},{q_heads},{kv_heads},128"
    window = f"streaming,128,{1024 << draw.randint(0, 2)}"
    kind = draw.randint(0, 19)  # 30 % full, 15 % sparse, 55 % mixed
    if kind < 6:
        return f"{head},full,,,,layer_uniform,{scheduler}"
    if kind < 9:
        return f"{head},{window},0,layer_uniform,{scheduler}"
    execution = draw.choice(["fused", "balanced", "two_pool"])
    return f"{head},{window},{draw.randint(1, kv_heads - 1)},{execution},{scheduler}"


def main():
    draw = random.Random(1)
    print(COLUMNS)
    for _ in range(int(sys.argv[1])):
        print(row(draw))


if __name__ == "__main__":
    main()
