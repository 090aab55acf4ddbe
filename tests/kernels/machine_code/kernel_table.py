"""The table of all kernels: registers, spills, shared memory, threads, CTAs per SM; no GPU needed.
Usage: kernel_table.py NVCC ROOT SHAPES MACHINE_CODE WRITTEN

Reads the logs that check_machine_code.py left in the folder MACHINE_CODE and what the program
SHAPES (kernel_shapes.cpp) prints, writes the table to WRITTEN and compares it with TABLE."""

import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import check_machine_code

TABLE = "docs/measurements/kernel_table.md"
SPECS = {"80": "configs/gpus/specs/a800.toml", "90a": "configs/gpus/specs/h200.toml"}
PROBES = {"0": "off", "1": "l0"}

# CUDA C++ Programming Guide, compute capabilities 8.0 and 9.0.
WARP = 32
REGISTER_UNIT = 256  # registers are given to a warp in units of so many
RESERVED_SMEM = 1024  # bytes that the system keeps of each CTA's shared memory
SMEM_UNIT = 128
MOST_CTAS = 32

_TEMPLATE_PROBE = re.compile(r"\(ProbeLevel\)(\d)")
_ANONYMOUS = re.compile(r"\(anonymous namespace\)::|_GLOBAL__N__\w+::|<unnamed>::")
_NAMESPACE = re.compile(r"\b[a-z]\w*::")


def readable(demangled):
    """`void a::kernel<a::Shape<64>, (a::ProbeLevel)0>(a::Params)` as `kernel<Shape<64>, off>`."""
    name = _NAMESPACE.sub("", _ANONYMOUS.sub("", demangled.removeprefix("void ")))
    name = _TEMPLATE_PROBE.sub(lambda level: PROBES[level[1]], name)
    depth = 0
    for i, letter in enumerate(name):
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            return name[:i]
    return name


def ctas_per_sm(spec, threads, registers, smem_bytes):
    """What fits an SM at the same time."""

    def rounded(value, unit):
        return -(-value // unit) * unit

    warps = -(-threads // WARP)
    by_registers = spec["registers_per_sm"] // rounded(registers * WARP, REGISTER_UNIT) // warps
    by_threads = spec["max_threads_per_sm"] // (warps * WARP)
    by_smem = spec["smem_per_sm_bytes"] // rounded(smem_bytes + RESERVED_SMEM, SMEM_UNIT)
    return min(by_registers, by_threads, by_smem, MOST_CTAS)


def shapes(program):
    """{kernel: (threads, dynamic smem bytes)} of the launchers."""
    told = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=2) for line in told.splitlines()]
    names = map(readable, check_machine_code.demangle([line[2] for line in lines]))
    return {name: (int(line[0]), int(line[1])) for name, line in zip(names, lines)}


def compiled(folder, arch):
    """{kernel: facts of check_machine_code.functions} of all logs of an architecture."""
    found = {}
    for log in sorted(pathlib.Path(folder).glob(f"*.sm_{arch}.log")):
        functions = check_machine_code.functions(log.read_text(encoding="utf-8"), arch)
        names = map(readable, check_machine_code.demangle(functions))
        found |= dict(zip(names, functions.values()))
    return found


def rows(kernels, launched, spec):
    for name in sorted(kernels):
        facts, (threads, dynamic) = kernels[name], launched[name]
        spills = facts["stack"] + facts["stores"] + facts["loads"]
        ctas = ctas_per_sm(spec, threads, facts["registers"], facts["smem"] + dynamic)
        numbers = (facts["registers"], spills, facts["smem"], dynamic, threads, ctas)
        yield f"| `{name}` | " + " | ".join(map(str, numbers)) + " |"


def missing(by_arch, launched):
    """Problems of two lists of kernels that must be the same."""
    everywhere = set().union(*by_arch.values())
    found = [
        f"{name}: not in tests/kernels/machine_code/kernel_shapes.cpp (its launch is unknown) add its facts"
        for name in sorted(everywhere - launched.keys())
    ]
    return found + [
        f"{name}: no file of kernels/ compiles it (an old log?) run the machine_code tests again"
        for name in sorted(launched.keys() - everywhere)
    ]


def page(version, by_arch, launched, root):
    lines = [
        "# Kernels",
        "",
        f"Made by the test kernel_table with nvcc {version}; do not edit. Template arguments as in",
        "the source, the probe level last. Spills and stack in bytes per thread, shared memory in",
        "bytes per CTA. plan_gpu as for one sequence of 128K tokens.",
        "",
    ]
    for arch, kernels in by_arch.items():
        spec = tomllib.loads((pathlib.Path(root) / SPECS[arch]).read_text(encoding="utf-8"))
        lines += [
            f"## sm_{arch}",
            "",
            f"CTAs per SM with the limits of `{SPECS[arch]}`.",
            "",
            "| kernel | registers | spills | static smem | dynamic smem | threads | CTAs per SM |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows(kernels, launched, spec["device"]),
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def nvcc_version(nvcc):
    told = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"V(\d+\.\d+\.\d+)", told)[1]


def compare(old, new, version, written):
    """Problems of the stored table against the one just made."""
    if f"nvcc {version};" not in old:
        print(f"SKIP: {TABLE} was made with another nvcc than {version}")
        return []
    if old == new:
        return []
    changed = sorted(set(old.splitlines()) ^ set(new.splitlines()))
    return changed + [f"{TABLE} is out of date: cp {written} {TABLE}"]


def main(nvcc, root, program, folder, written):
    if not shutil.which("c++filt"):
        print("SKIP: no c++filt (kernel names are mangled) install binutils")
        return
    launched = shapes(program)
    by_arch = {arch: compiled(folder, arch) for arch in SPECS}
    problems = missing(by_arch, launched)
    if not problems:
        version = nvcc_version(nvcc)
        new = page(version, by_arch, launched, root)
        pathlib.Path(written).write_text(new, encoding="utf-8")
        table = pathlib.Path(root) / TABLE
        old = table.read_text(encoding="utf-8") if table.exists() else f"nvcc {version};"
        problems = compare(old, new, version, written)
    print("\n".join(problems))
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
