"""Folders are layers, and so are their sub-folders: an include points down. Usage: check_layers.py ROOT"""

import re

import tree

ALL = {"base", "plan", "workload", "traces", "runs", "kernels", "profiler", "sim", "analysis", "app"}
MAY_INCLUDE = {
    "base": set(),
    "plan": {"base"},
    "workload": {"base", "plan"},
    "traces": {"base"},
    "runs": {"base", "plan", "traces"},
    "kernels": {"base", "plan"},
    "profiler": {"base", "plan", "traces", "runs", "kernels"},
    "sim": {"base", "plan", "workload", "traces", "runs"},
    "analysis": {"base", "traces"},
    "app": ALL,
}
# The sub-folders of a layer: each may include those on lines above its own, and the files that lie
# in the layer's folder itself.
ORDER = {
    "base": [["text", "schedule"], ["json"], ["files"], ["output", "terminal"], ["toml", "hdf5", "cuda"]],
    "plan": [["op"], ["layer"], ["decisions", "placement"], ["step"], ["experiment"]],
    "workload": [["mix", "requests"]],
    "traces": [["record", "replay"], ["schema"], ["file", "export"]],
    "runs": [["cases", "launch"], ["step"]],
    "kernels": [["device"], ["attention"], ["dense", "routing"]],
    "profiler": [["clock", "cupti"], ["machine", "probe", "device"], ["timing"], ["run"]],
    "sim": [["cost"], ["sm"], ["device"], ["calibrate", "predict", "step", "sweep"], ["times", "replay"], ["step_times"]],
    "analysis": [["measure"], ["metrics"], ["verdict"], ["compare"], ["report"], ["replay"]],
}
# What a sub-folder must not know although its layer may.
MUST_NOT_INCLUDE = {
    "profiler/clock": {"plan", "runs", "kernels"},
    "profiler/cupti": {"plan", "runs", "kernels"},
}

# Folders of code for one chip: beside themselves only the tables that launch their kernels, and
# tests, include them. What other kernels share with them lies in kernels/device/.
ONE_CHIP = re.compile(r"^kernels/.*_wgmma/")
LAUNCHES_ONE_CHIP = {"kernels/attention/prefill_kernel.cpp"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
_CUDA = re.compile(
    r"^(cuda|cupti|cublas|nvtx|nvml|nvperf|nvToolsExt|cooperative_groups|cub/|mma\.h|sm_\d)"
)
_HOST_ONLY = re.compile(r"^(fmt/|hdf5|H5|Eigen/)")
_CUDA_FOLDERS = ("base/cuda/", "kernels/", "profiler/")
_CUDA_FILES = {"app/profile_command.cpp"}
_CUDA_TESTS = {"kernels", "profiler", "bench"}


def may_use_cuda(path):
    tests_of_cuda = path.parts[0] == "tests" and path.parts[1] in _CUDA_TESTS
    return str(path).startswith(_CUDA_FOLDERS) or str(path) in _CUDA_FILES or tests_of_cuda


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


def room(name):
    """(layer, sub-folder) of a path; the sub-folder is empty for a file of the layer's own folder."""
    parts = name.split("/")
    return parts[0], parts[1] if len(parts) > 2 else ""


def height(layer, folder):
    """The line of ORDER; -1 for the layer's own folder. None where ORDER does not name it."""
    if not folder:
        return -1
    lines = [i for i, line in enumerate(ORDER.get(layer, [])) if folder in line]
    return lines[0] if lines else None


def refusal(path, name):
    """Why `path` must not include `name`, or None."""
    layer, folder = room(str(path))
    other, other_folder = room(name)
    if other not in ALL | {"tests"}:
        return None
    if one_chip := ONE_CHIP.match(name):
        if not str(path).startswith(one_chip[0]) and str(path) not in LAUNCHES_ONE_CHIP:
            return f"{path}: only its own folder and launch tables include {name}"
    if other not in MAY_INCLUDE[layer] | {layer}:
        return f"{path}: {layer}/ must not include {name}"
    if other in MUST_NOT_INCLUDE.get(f"{layer}/{folder}", ()):
        return f"{path}: {layer}/{folder}/ must not include {name}"
    if other != layer or other_folder == folder:
        return None
    low, high = height(layer, other_folder), height(layer, folder)
    if low is None or high is None or low >= high:
        where = f"{layer}/{folder}"
        return f"{path}: {where} must not include {name}"
    return None


def layer_problems(path, names):
    if path.parts[0] not in MAY_INCLUDE:
        return []
    layer, folder = room(str(path))
    found = [reason for reason in (refusal(path, name) for name in names) if reason]
    if height(layer, folder) is None:
        found.append(f"{path}: check_layers.py does not know the sub-folder {layer}/{folder}")
    return found


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
