"""Folders are layers: an include points down (DESIGN section 3). Usage: check_layers.py ROOT"""

import re

import tree

ALL = {"base", "plan", "traces", "kernels", "profiler", "sim", "analysis", "app"}
MAY_INCLUDE = {
    "base": set(),
    "plan": {"base"},
    "traces": {"base"},
    "kernels": {"base", "plan"},
    "profiler": {"base", "plan", "traces", "kernels"},
    "sim": {"base", "plan", "traces"},
    "analysis": {"base", "traces"},
    "app": ALL,
}

_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
_CUDA = re.compile(
    r"^(cuda|cupti|cublas|nvtx|nvml|nvperf|nvToolsExt|cooperative_groups|cub/|mma\.h|sm_\d)"
)
_HOST_ONLY = re.compile(r"^(fmt/|hdf5|H5|Eigen/)")
_CUDA_FOLDERS = {"kernels", "profiler"}
_CUDA_FILES = {"app/profile_command.cpp"}
_CUDA_TESTS = {"kernels", "profiler", "bench"}


def may_use_cuda(path):
    tests_of_cuda = path.parts[0] == "tests" and path.parts[1] in _CUDA_TESTS
    return path.parts[0] in _CUDA_FOLDERS or str(path) in _CUDA_FILES or tests_of_cuda


def reached(start, includes):
    """Includes of `start` and, through the repository's own headers, of what it includes."""
    seen, waiting = {}, [(name, str(start)) for name in includes[str(start)]]
    while waiting:
        name, by = waiting.pop()
        if name in seen:
            continue
        seen[name] = by
        waiting += [(further, name) for further in includes.get(name, ())]
    return seen


def layer_problems(path, names):
    layer = path.parts[0]
    if layer not in MAY_INCLUDE:
        return []
    allowed = MAY_INCLUDE[layer] | {layer}
    refused = [name for name in names if name.split("/")[0] in (ALL | {"tests"}) - allowed]
    return [f"{path}: {layer}/ must not include {name}" for name in refused]


def problems(root):
    found, includes = [], {}
    paths = tree.sources(root)
    for path in paths:
        names = [name for _, name in _INCLUDE.findall(tree.text(root, path) or "")]
        includes[str(path)] = names
        found += layer_problems(path, names)
    for path in paths:
        for name, by in sorted(reached(path, includes).items()):
            if _CUDA.match(name) and not may_use_cuda(path):
                found.append(f"{path}: reaches the CUDA header {name} (included by {by})")
            if _HOST_ONLY.match(name) and path.suffix in {".cu", ".cuh"}:
                found.append(f"{path}: device code reaches {name} (included by {by})")
    return found


if __name__ == "__main__":
    tree.main(problems)
