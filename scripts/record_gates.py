#!/usr/bin/env python3
"""Records the gates of a PyTorch model into a file that `fluxscope` reads.

From Python, for a model whose modules return a gate (a Flux layer router, a head gate, ...):

    from record_gates import GateRecorder

    with GateRecorder(model, r"layers\\.\\d+\\.router", kv_heads=8, threshold=0.5) as recorder:
        for prompt in prompts:
            model(prompt)  # prefill; what decode does with the gate is not asked
            recorder.end_request()
    recorder.save("gates.jsonl")

or, for a script that ends with such a model and calls, without changing it:

    python3 record_gates.py MODULE:FUNCTION -o gates.jsonl \\
        --modules "layers\\.\\d+\\.router" --kv-heads 8 --threshold 0.5

where FUNCTION() returns (model, calls): the model and an iterable of functions, one per request,
each of which runs the model on it.

A forward hook stands on every module whose whole dotted name matches the pattern; in the order of
the model's named_modules() they are the layers. Of each call it takes the module's output, or
entry --output of a tuple or a dict. A gate is a number, or one per KV head: 0 sparse, 1 full. Other
numbers (probabilities, logits) need --threshold: above it is full. Of a tensor with a further axis
of tokens the last token counts. The batch is 1: requests run one by one. A module that is called
again for the same request (decode) keeps its first gate: the choice is made at prefill. Errors name
the module and what it returned. Format: a line per request, {"full": [one per layer]}, an entry
being 0 or 1 or a list with one per KV head."""

import argparse
import importlib
import json
import math
import os
import re
import sys


class GateError(Exception):
    """What a module returned is no gate, or a request lacks one."""


def gate_of(output, name, kv_heads=None, threshold=None, key=None):
    """The decision in what a module returned: 0 or 1, or a list of them, one per KV head.

    `output` is a number, a nested list, or anything with tolist() (a tensor); `key` picks from a
    tuple, list or dict first."""
    if key is not None:
        try:
            output = output[key]
        except (KeyError, IndexError, TypeError) as error:
            raise GateError(f"{name}: its output has no entry {key!r}") from error
    elif isinstance(output, (tuple, dict)):
        raise GateError(f"{name}: returns a {type(output).__name__}; say which entry with output=")
    if hasattr(output, "detach"):
        output = output.detach()
    values = output.tolist() if hasattr(output, "tolist") else output
    values = _last_row(values, name)
    if isinstance(values, list) and kv_heads == len(values) > 1:
        return [_decision(value, name, threshold) for value in values]
    if isinstance(values, list) and len(values) == 1:
        values = values[0]
    if isinstance(values, list):
        wanted = "1 number" if kv_heads is None else f"1 number, or {kv_heads} (kv_heads)"
        raise GateError(f"{name}: returns {len(values)} numbers where a gate has {wanted}")
    return _decision(values, name, threshold)


def _last_row(values, name):
    """The innermost list: of the only batch entry, and there of the last token."""
    outermost = True
    while isinstance(values, list) and values and isinstance(values[0], list):
        if outermost and len(values) != 1:
            raise GateError(f"{name}: returns a batch of {len(values)}; run requests one by one")
        values = values[-1]
        outermost = False
    if values == []:
        raise GateError(f"{name}: returns an empty tensor")
    return values


def _decision(value, name, threshold):
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise GateError(f"{name}: returns {value!r}, which is no finite number")
    if threshold is not None:
        return int(value > threshold)
    if value not in (0, 1):
        raise GateError(f"{name}: returns {value!r}, which is neither 0 nor 1; give a threshold")
    return int(value)


def request_line(gates, names):
    """The line of a request. `gates`: name -> decision; `names`: the layers in order."""
    missing = [name for name in names if name not in gates]
    if missing:
        count = f"{len(missing)} of {len(names)} modules were not"
        raise GateError(f"{missing[0]}: was not called for this request ({count})")
    return json.dumps({"full": [gates[name] for name in names]})


def write_lines(path, lines):
    """Old or new, never half."""
    if not lines:
        raise GateError("no request was recorded: call end_request() after each")
    unfinished = f"{path}.tmp"
    with open(unfinished, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    os.replace(unfinished, path)


class GateRecorder:
    """Hooks on the modules of `model` whose names match `pattern` wholly; see above."""

    def __init__(self, model, pattern, kv_heads=None, threshold=None, output=None):
        self.kv_heads, self.threshold, self.output = kv_heads, threshold, output
        if threshold is not None and not math.isfinite(threshold):
            raise GateError(f"the threshold {threshold} is no finite number")
        modules = dict(model.named_modules())
        self.names = [name for name in modules if re.fullmatch(pattern, name)]
        if not self.names:
            known = ", ".join(list(modules)[1:6])
            raise GateError(f"no module's name matches {pattern!r} (there are {known}, ...)")
        self.lines, self._gates, self._hooks = [], {}, []
        for name in self.names:
            self._hooks.append(modules[name].register_forward_hook(self._hook(name)))

    def _hook(self, name):
        def take(module, inputs, output):
            if name not in self._gates:
                gate = gate_of(output, name, self.kv_heads, self.threshold, self.output)
                self._gates[name] = gate

        return take

    def end_request(self):
        """Ends a request: every module has been called for it."""
        self.lines.append(request_line(self._gates, self.names))
        self._gates = {}

    def save(self, path):
        if self._gates:
            raise GateError("the last request was not ended: call end_request()")
        write_lines(path, self.lines)

    def close(self):
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def parsed(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="MODULE:FUNCTION", help="returns (model, calls)")
    parser.add_argument("-o", "--output-file", metavar="GATES.jsonl", required=True)
    parser.add_argument("--modules", metavar="PATTERN", required=True, help="of modules' names")
    parser.add_argument("--kv-heads", type=int, help="where a gate is of a KV head")
    parser.add_argument("--threshold", type=float, help="above it: full; default: gates are 0 or 1")
    parser.add_argument("--output", help="entry of what a module returns: a number, or a key")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parsed(arguments)
    module, _, function = options.source.partition(":")
    sys.path.insert(0, os.getcwd())
    key = options.output
    key = int(key) if key is not None and re.fullmatch(r"-?\d+", key) else key
    try:
        model, calls = getattr(importlib.import_module(module), function)()
        recorder = GateRecorder(model, options.modules, options.kv_heads, options.threshold, key)
        with recorder:
            for call in calls:
                call()
                recorder.end_request()
        recorder.save(options.output_file)
    except (GateError, ImportError, AttributeError, OSError) as error:
        print(f"record_gates.py: error: {error}", file=sys.stderr)
        return 2
    print(f"{options.output_file}: {len(recorder.lines)} requests, {len(recorder.names)} layers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
