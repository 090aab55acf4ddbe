"""What ptxas made of one .cu file: no spills, no stack, no warnings, and Probe<off> costs nothing.
Usage: check_machine_code.py NVCC ROOT SOURCE ARCH OBJECT WORK FLAG... (ARCH: 80, 90a)
OBJECT is what the build made of SOURCE, with OBJECT.log beside it (cmake/compile_with_log.sh); WORK
is where the files that this writes begin: a folder and the name of this source.

The file is compiled once more with FLAGs and without the probe statements (kernels/device/probe.cuh).
The machine code of the probe-off instances must be the same; that of the others, whose statements
went, must not: if it is, the comparison sees nothing."""

import pathlib
import re
import shutil
import subprocess
import sys

import cubin
import fatbin

WITHOUT_PROBES = "-DFLUXSCOPE_WITHOUT_PROBE_STATEMENTS"

_ENTRY = re.compile(r"Compiling entry function '(\S+)' for 'sm_(\w+)'")
_STACK = re.compile(
    r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads"
)
_USED = re.compile(r"Used (\d+) registers")
_SMEM = re.compile(r"(\d+) bytes smem")
_WARNING = re.compile(r"\(C75\d\d\)|ptxas warning|[Ww]arning\s*:")


def demangle(names):
    """`names` as C++ writes them, where there is a c++filt."""
    if not shutil.which("c++filt"):
        return list(names)
    told = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True)
    return told.stdout.splitlines()


def functions(log, arch):
    """{name: {stack, stores, loads, registers, smem}} of what a `ptxas -v` log says of `arch`."""
    found, name = {}, None
    for line in log.splitlines():
        if match := _ENTRY.search(line):
            name = match[1] if match[2] == arch else None
            if name:
                empty = {"stack": None, "stores": None, "loads": None}
                found[name] = {**empty, "registers": 0, "smem": 0}
        elif name and (match := _STACK.search(line)):
            found[name].update(zip(("stack", "stores", "loads"), map(int, match.groups())))
        elif name and (match := _USED.search(line)):
            smem = _SMEM.search(line)
            found[name].update(registers=int(match[1]), smem=int(smem[1]) if smem else 0)
    return found


def spill_problems(log, arch):
    problems = [f"ptxas: {line.strip()}" for line in log.splitlines() if _WARNING.search(line)]
    found = functions(log, arch)
    for name, facts in found.items():
        if any(facts[key] != 0 for key in ("stack", "stores", "loads")):
            problems.append(
                f"{name}: {facts['stack']} bytes stack frame, {facts['stores']} + "
                f"{facts['loads']} bytes spilled (local memory is slow) free some registers"
            )
    return problems if found else problems + [f"the log of ptxas names no function of sm_{arch}"]


def print_table(title, found):
    print(f"{title}\nregisters  stack  spills  static smem  kernel")
    for name, facts in zip(demangle(found), found.values()):
        spills = (facts["stores"] or 0) + (facts["loads"] or 0)
        print(f"{facts['registers']:9}  {facts['stack']:5}  {spills:6}  {facts['smem']:11}  {name}")


def probe_problems(with_probes, without):
    """Problems of two {kernel: machine code} of one file."""
    if with_probes.keys() != without.keys():
        return ["the two compilations have different kernels"]
    problems, compared = [], 0
    for name, code in with_probes.items():
        level = cubin.probe_level(name)
        if level is None:
            continue
        compared += 1
        same = code == without[name]
        if level == 0 and not same:
            problems.append(f"{name}: Probe<off> is not free, the machine code differs")
        if level != 0 and same:
            problems.append(f"{name}: probe level {level} has no code of its own")
    return problems if compared else problems + ["no kernel has a probe level"]


def compile_cubin(nvcc, root, source, arch, target, flags):
    """Writes `target`."""
    command = [nvcc, *flags, f"-gencode=arch=compute_{arch},code=sm_{arch}", f"-I{root}"]
    done = subprocess.run(
        [*command, "-cubin", "-o", str(target), source], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"{source} does not compile:\n{done.stdout}{done.stderr}")


def main(nvcc, root, source, arch, built, work, *flags):
    name = f"{pathlib.Path(work).name}.sm_{arch}"
    folder = pathlib.Path(work).parent
    folder.mkdir(parents=True, exist_ok=True)
    probed = fatbin.cubins(pathlib.Path(built).read_bytes()).get(int(arch.rstrip("af")))
    if probed is None:
        print(f"SKIP: the build makes no code of sm_{arch} (see CMAKE_CUDA_ARCHITECTURES)")
        return
    log = pathlib.Path(f"{built}.log").read_text(encoding="utf-8")
    (folder / f"{name}.log").write_text(log, encoding="utf-8")  # for kernel_table.py
    print_table(name, functions(log, arch))
    bare = folder / f"{name}.without_probes.cubin"
    compile_cubin(nvcc, root, source, arch, bare, [*flags, WITHOUT_PROBES])
    problems = spill_problems(log, arch)
    problems += probe_problems(cubin.kernels(probed), cubin.kernels(bare.read_bytes()))
    print("\n".join(problems))
    print(f"{name}: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
