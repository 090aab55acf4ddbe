"""The tables of peers_page.py: from rows of peers.json to Markdown."""

from cases import BANDWIDTH, BLOCK_TOKENS, CUDNN, FLASH, FLEX, OWN_DENSE, PREFILL_KERNELS


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def kilo(tokens):
    return f"{tokens // 1024}K"


def tflops(row, us):
    """Of the (query, KV) pairs in visited blocks; of a diagonal block the part that is seen."""
    pairs = row["visited_blocks"] * BLOCK_TOKENS**2
    if row["causal"]:
        unseen = BLOCK_TOKENS * (BLOCK_TOKENS - 1) // 2
        pairs -= row["q_heads"] * row["q_len"] // BLOCK_TOKENS * unseen
    return f"{4 * row['head_dim'] * pairs / us * 1e-6:.0f}"


def _cells(rows, text):
    return [text(row) if row else "" for row in rows]


def prefill_dense(rows, causal, head_dim):
    found = {
        (row["kernel"], row["peer"], row["kv_len"]): row
        for row in rows
        if (row["phase"], row["pattern"]) == ("prefill", "dense")
        and (row["causal"], row["head_dim"]) == (causal, head_dim)
        and row["peer"] in (FLASH, CUDNN)
    }
    lengths = sorted({key[2] for key in found})
    if not lengths:
        return ""

    def of(kernel, peer):
        return [found.get((kernel, peer, length)) for length in lengths]

    lines = []
    for kernel in PREFILL_KERNELS:
        lines.append((kernel, *_cells(of(kernel, FLASH), lambda r: tflops(r, r["ours_us"]))))
        for peer in (FLASH, CUDNN):
            ratios = _cells(of(kernel, peer), lambda r: f"{r['ratio']:.2f}")
            lines.append((f"its ratio to {peer}", *ratios))
    for peer in (FLASH, CUDNN):
        cells = _cells(of(PREFILL_KERNELS[0], peer), lambda r: tflops(r, r["peer_us"]))
        lines.append((peer, *cells))
    clocks = _cells(of(PREFILL_KERNELS[0], FLASH), lambda r: f"{r['sm_mhz']} MHz, {r['power_w']} W")
    lines.append(("SM clock and power in the rounds", *clocks))
    kind = "causal" if causal else "not causal"
    title = f"## Prefill, {kind}, head_dim {head_dim}\n\n"
    return title + table(("TFLOP/s", *map(kilo, lengths)), lines)


def _sparse_line(key, by_peer):
    length, pattern, kernel = key
    row, own, flex = next(iter(by_peer.values())), by_peer.get(OWN_DENSE), by_peer.get(FLEX)
    return (
        kilo(length),
        pattern,
        kernel,
        f"{row['ours_us'] / 1e3:.3f}",
        tflops(row, row["ours_us"]),
        f"{1 / own['ratio']:.2f}" if own else "",
        f"{flex['peer_us'] / 1e3:.3f}" if flex else "",
        f"{flex['ratio']:.2f}" if flex else "",
    )


def prefill_sparse(rows, start, title):
    """Patterns whose names begin with `start`, each length with its dense case."""
    found = {}
    for row in rows:
        if row["phase"] == "prefill" and row["peer"] in (FLEX, OWN_DENSE):
            key = row["kv_len"], row["pattern"], row["kernel"]
            found.setdefault(key, {})[row["peer"]] = row
    lengths = {length for length, pattern, _ in found if pattern.startswith(start)}
    lines = [
        _sparse_line(key, by_peer)
        for key, by_peer in sorted(found.items())
        if key[0] in lengths and key[1].startswith((start, "dense"))
    ]
    header = (
        *("KV", "pattern", "kernel", "ours, ms", "TFLOP/s"),
        *("time / (work ratio x own dense)", "FlexAttention, ms", "ratio"),
    )
    return f"## Prefill, {title}, causal, head_dim 128\n\n" + table(header, lines) if lines else ""


def _by_case(rows, head_dim):
    """{(batch, kv_len): {(pattern, peer): row}} of decode."""
    found = {}
    for row in rows:
        if (row["phase"], row["head_dim"]) == ("decode", head_dim):
            case = found.setdefault((row["batch"], row["kv_len"]), {})
            case[row["pattern"], row["peer"]] = row
    return sorted(found.items())


def _time_by_bytes(row):
    return f"{1 / row['ratio']:.2f}"


def decode_full(rows, head_dim):
    lines = []
    for (batch, length), case in _by_case(rows, head_dim):
        own = case.get(("dense", BANDWIDTH))
        if not own:
            continue
        peers = [case.get(("dense", peer)) for peer in (FLASH, CUDNN, FLEX)]
        rate = f"{own['kv_bytes'] / own['ours_us'] * 1e-6:.2f}"
        ours = (f"{own['ours_us']:.1f}", rate, _time_by_bytes(own))
        theirs = _cells(peers, lambda r: f"{r['peer_us']:.1f} ({r['ratio']:.2f})")
        lines.append((batch, kilo(length), *ours, *theirs))
    names = tuple(f"{peer}, us (ratio)" for peer in (FLASH, CUDNN, FLEX))
    header = ("batch", "KV", "ours, us", "TB/s", "time / its bytes", *names)
    return f"## Decode, all heads full, head_dim {head_dim}\n\n" + table(header, lines)


def decode_mixes(rows, patterns):
    """Each cell: microseconds, time / bytes at full bandwidth, TB/s."""
    lines = []
    for (batch, length), case in _by_case(rows, 128):
        cells = [case.get((pattern, BANDWIDTH)) for pattern in patterns]

        def text(row):
            rate = row["kv_bytes"] / row["ours_us"] * 1e-6
            return f"{row['ours_us']:.1f}; {_time_by_bytes(row)}; {rate:.2f}"

        if any(cells):
            lines.append((batch, kilo(length), *_cells(cells, text)))
    title = "## Decode, head mixes: us; time / its bytes at full bandwidth; TB/s\n\n"
    return title + table(("batch", "KV", *patterns), lines)


def decode_flex(rows):
    lines = [
        (
            batch,
            kilo(length),
            pattern,
            f"{row['ours_us']:.1f}",
            f"{row['peer_us']:.1f}",
            f"{row['ratio']:.2f}",
        )
        for (batch, length), case in _by_case(rows, 128)
        for (pattern, peer), row in case.items()
        if peer == FLEX
    ]
    header = ("batch", "KV", "pattern", "ours, us", "FlexAttention, us", "ratio")
    return "## Decode, FlexAttention\n\n" + table(header, lines) if lines else ""
