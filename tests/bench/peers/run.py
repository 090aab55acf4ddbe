"""Runs one case: checks that outputs agree, times all kernels in turns, returns rows."""

import math

import torch

import check as peers_check
import tensors as peers_tensors
import sdpa as peers_torch
from cases import BANDWIDTH, BLOCK_TOKENS, DENSE, FLEX, KV_HEADS, OWN_DENSE, Q_HEADS
from ours import Layer
from patterns import block_mask
from timing import Turn, round_robin

_GRAPH_FLOP = 3e11  # prefill: calls of about half a millisecond in one graph
_MOST_GRAPH_CALLS = 50
_LEAST_DECODE_CALLS = 4
_COLD_L2S = 4  # KV copies together are larger than this many L2 caches


class CaseRun:
    def __init__(self, case, library, arena):
        self.case = case
        self.masks = {pattern: block_mask(case, pattern) for pattern in case.patterns}
        self.ours = {
            (kernel, pattern): Layer(library, case, kernel, pattern, self.masks[pattern])
            for kernel in case.kernels
            for pattern in case.patterns
        }
        self.blocks = {key[1]: layer.visited_blocks() for key, layer in self.ours.items()}
        self.q = peers_tensors.queries(case)
        self.kv = self._kv(arena)
        self.peers = self._peers() if self.kv else {}
        self.errors = {}  # (kernel, pattern, peer): error

    def free(self):
        for layer in self.ours.values():
            layer.free()

    def _kv(self, arena):
        if self.case.phase == "prefill":
            return peers_tensors.prefill_kv(self.case)
        return arena.copies(self.case, max(map(self._cold_copies, self.case.patterns)))

    def kv_bytes(self, pattern):
        """Decode: bytes of K and V that ours reads."""
        return self.blocks[pattern] * BLOCK_TOKENS * self.case.head_dim * 4

    def _cold_copies(self, pattern):
        l2_bytes = torch.cuda.get_device_properties(0).L2_cache_size
        return math.ceil(_COLD_L2S * l2_bytes / self.kv_bytes(pattern))

    def _peers(self):
        """{(peer, pattern): call}. SDPA knows no pattern: its dense call serves all of them."""
        found = {}
        for peer in self.case.peers:
            if peer == FLEX:
                for pattern, mask in self.masks.items():
                    found[peer, pattern] = peers_torch.flex(self.case, mask)
            else:
                found[peer, DENSE] = peers_torch.sdpa(peer, self.case.causal)
        return found

    def peer_key(self, peer, pattern):
        return (peer, pattern) if peer == FLEX else (peer, DENSE)

    def check(self):
        """Fills `errors`. Peers that this torch does not have for the case are left out."""
        tensors = (self.q, *self.kv[0])
        for key, layer in self.ours.items():
            layer.o.fill_(torch.nan)
            layer(*tensors)
        for key in list(self.peers):
            peer, pattern = key
            name = f"{peer} {pattern.name}"
            try:
                out = peers_torch.timed_first_call(self.peers[key], tensors, name)
            except RuntimeError as error:
                print(f"  {name}: {str(error).splitlines()[0]}", flush=True)
                del self.peers[key]
                continue
            for other in self.case.patterns:
                if self.peer_key(peer, other) == key:
                    self._compare(peer, other, pattern, out, tensors)

    def _compare(self, peer, pattern, peer_pattern, out, tensors):
        if pattern != peer_pattern:
            dense = self.peers[peer, DENSE]
            out = peers_check.streaming_reference(dense, pattern, out, *tensors)
        for kernel in self.case.kernels:
            what = f"{self.case.name} {pattern.name}: {kernel} and {peer}"
            ours = self.ours[kernel, pattern].o
            self.errors[kernel, pattern, peer] = peers_check.agreed(ours, out, what)

    def _calls(self, pattern):
        if self.case.phase == "decode":
            return max(_LEAST_DECODE_CALLS, min(len(self.kv), self._cold_copies(pattern)))
        flop = 4 * self.case.head_dim * BLOCK_TOKENS**2 * self.blocks[pattern]
        return min(max(1, int(_GRAPH_FLOP / flop)), _MOST_GRAPH_CALLS)

    def time(self, rounds, warm_ups, clocks):
        """{(kernel or peer, pattern): Turn}."""
        turns = {}
        for key, call in (*self.ours.items(), *self.peers.items()):
            bound = lambda i, call=call: call(self.q, *self.kv[i])  # noqa: E731
            turns[key] = Turn(key, bound, len(self.kv), self._calls(key[1]))
        clocks.begin()
        round_robin(list(turns.values()), rounds, warm_ups, clocks.read)
        return turns

    def rows(self, turns, clocks):
        rows = []
        for kernel in self.case.kernels:
            for pattern in self.case.patterns:
                row = self._row(kernel, pattern, turns[kernel, pattern]) | clocks.medians()
                for peer in self.case.peers:
                    key = self.peer_key(peer, pattern)
                    if key in turns:
                        rows.append(self._against(row, pattern, peer, turns[key]))
                if self.case.phase == "decode":  # peer_us follows when the run's bandwidth is known
                    rows.append(row | {"peer": BANDWIDTH})
                elif pattern != DENSE:
                    dense_us = turns[kernel, DENSE].median()
                    work = self.blocks[pattern] / self.blocks[DENSE]
                    rows.append(row | {"peer": OWN_DENSE, "peer_us": round(dense_us * work, 2)})
        return rows

    def _row(self, kernel, pattern, turn):
        case = self.case
        row = {
            "phase": case.phase,
            "causal": case.causal,
            "batch": case.batch,
            "q_len": case.q_len,
            "kv_len": case.kv_len,
            "q_heads": Q_HEADS,
            "kv_heads": KV_HEADS,
            "head_dim": case.head_dim,
            "pattern": pattern.name,
            "kernel": kernel,
            "ours_us": round(turn.median(), 2),
            "ours_spread": round(turn.spread(), 3),
            "samples": len(turn.us),
            "visited_blocks": self.blocks[pattern],
        }
        return row | ({"kv_bytes": self.kv_bytes(pattern)} if case.phase == "decode" else {})

    def _against(self, row, pattern, peer, turn):
        error = self.errors[row["kernel"], pattern, peer]
        return row | {
            "peer": peer,
            "peer_us": round(turn.median(), 2),
            "peer_spread": round(turn.spread(), 3),
            "peer_in_graph": turn.is_graph,
            "error": float(f"{error:.2e}"),
        }
