"""docs/measurements/peers.json: {"runs": [head], "rows": [row]}; row["run"] is a place in runs."""

import json
import os
import pathlib

from cases import BANDWIDTH

_KEY = ("phase", "causal", "batch", "q_len", "kv_len", "head_dim", "pattern", "kernel", "peer")


def key(row):
    return tuple(row[name] for name in _KEY)


def _with_bandwidth(rows, run):
    """Fills peer_us of the rows against the run's full bandwidth: the largest of what the copy, the
    sum and any dense decode of the run, ours or a peer's, moved per second."""
    rates = list(run["bandwidth_bytes_per_s"].values())
    for row in rows:
        if row["phase"] == "decode" and row["pattern"] == "dense":
            fastest = min(row["ours_us"], row.get("peer_us") or row["ours_us"])
            if row["peer"] != BANDWIDTH:
                rates.append(row["kv_bytes"] / fastest * 1e6)
    full = max(rates)
    run["full_bandwidth_bytes_per_s"] = round(full)

    def filled(row):
        return row | {"peer_us": round(row["kv_bytes"] / full * 1e6, 2)}

    return [filled(row) if row["peer"] == BANDWIDTH else row for row in rows]


def write(path, run, rows):
    """Adds the run to the file; rows of the same case and peer replace older ones."""
    path, old = pathlib.Path(path), {"runs": [], "rows": []}
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
    kept = {key(row): (row, old["runs"][row["run"]]) for row in old["rows"]}
    for row in _with_bandwidth(rows, run):
        kept[key(row)] = row | {"ratio": round(row["peer_us"] / row["ours_us"], 3)}, run
    heads = {head["date"]: head for _, head in kept.values()}  # those that still have a row
    heads = sorted((heads | {run["date"]: run}).values(), key=lambda head: head["date"])
    place = {head["date"]: i for i, head in enumerate(heads)}
    rows = [row | {"run": place[head["date"]]} for row, head in kept.values()]
    lines = ",\n".join(map(json.dumps, rows))
    heads = ",\n".join(json.dumps(head, indent=1) for head in heads)
    partial = path.with_suffix(".tmp")
    partial.write_text(f'{{"runs": [\n{heads}\n],\n"rows": [\n{lines}\n]}}\n', encoding="utf-8")
    os.replace(partial, path)
