"""Times calls in turns: one CUDA graph per call, replayed round robin between CUDA events."""

import statistics

import torch


class Turn:
    """A call to time. `calls` of them are one graph; call i reads KV copy i % copies."""

    def __init__(self, key, call, copies, calls):
        self.key, self._call, self._copies, self._calls = key, call, copies, calls
        self.us, self.is_graph = [], True
        self._run = self._capture()

    def _all(self):
        for i in range(self._calls):
            self._call(i % self._copies)

    def _capture(self):
        self._call(0)  # compiles and fills caches outside the graph
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._all()
        except RuntimeError as error:  # a call that a graph cannot hold is timed as it is
            print(f"  {self.key}: no graph: {str(error).splitlines()[0]}", flush=True)
            self.is_graph = False
            return self._all
        return graph.replay

    def enqueue(self):
        """Returns the events around one replay."""
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        self._run()
        end.record()
        return begin, end

    def keep(self, events):
        self.us.append(events[0].elapsed_time(events[1]) * 1e3 / self._calls)

    def spread(self):
        """(largest - smallest) / median of the samples."""
        return (max(self.us) - min(self.us)) / statistics.median(self.us)

    def median(self):
        return statistics.median(self.us)


def round_robin(turns, rounds, warm_ups, while_running):
    """Each round runs every turn once and begins with another one. `while_running` is called while
    the GPU works on a round."""
    for i in range(-warm_ups, rounds):
        first = i % len(turns)
        order = turns[first:] + turns[:first]
        events = [turn.enqueue() for turn in order]
        if i >= 0:
            while_running()
        torch.cuda.synchronize()
        for turn, pair in zip(order, events):
            if i >= 0:
                turn.keep(pair)


def full_bandwidth():
    """Bytes per second of {copy (read + written), sum (read)} over 4 GiB, the best of five."""
    source = torch.randn(1 << 30, device="cuda")
    target = torch.empty_like(source)
    size, found = source.numel() * 4, {}
    for name, call, moved in (
        ("copy", lambda: target.copy_(source), 2 * size),
        ("sum", lambda: torch.sum(source), size),
    ):
        times = []
        for _ in range(6):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            call()
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end) * 1e-3)
        found[name] = moved / min(times[1:])
    return found
