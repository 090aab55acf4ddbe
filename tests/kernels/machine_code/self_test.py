"""check_machine_code.py passes a clean kernel and fails on planted faults.
Usage: self_test.py NVCC"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_machine_code

NVCC = sys.argv.pop()

KERNEL = """
namespace planted {
enum class ProbeLevel { off, l0 };
template <ProbeLevel kLevel>
__global__ void kernel(long long* out, int n) {
#ifndef FLUXSCOPE_WITHOUT_PROBE_STATEMENTS
  %s
#endif
  %s
}
template __global__ void kernel<ProbeLevel::off>(long long*, int);
template __global__ void kernel<ProbeLevel::l0>(long long*, int);
}
"""
PROBE = "if constexpr (kLevel == ProbeLevel::l0) out[1] = clock64();"
WORK = "out[0] = n;"


class Planted(unittest.TestCase):
    def expect(self, probe, work, *words):
        """The check fails and names all of `words`; without any, it passes."""
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "planted.cu"
            source.write_text(KERNEL % (probe, work), encoding="utf-8")
            built = f"{folder}/planted.o"
            compiled = [NVCC, "-gencode=arch=compute_90a,code=sm_90a", "-Xptxas=-v", "-c", source]
            done = subprocess.run([*compiled, "-o", built], capture_output=True, text=True)
            pathlib.Path(f"{built}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
            script = pathlib.Path(__file__).with_name("check_machine_code.py")
            command = [sys.executable, "-B", script, NVCC, folder, source, "90a", built]
            command += [f"{folder}/planted"]
            told = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(told.returncode, 1 if words else 0, told.stdout + told.stderr)
        for word in words:
            self.assertIn(word, told.stdout)

    def test_a_clean_kernel_passes(self):
        self.expect(PROBE, WORK)

    def test_a_stack_is_named(self):
        array = "long long a[64]; for (int i = 0; i < 64; ++i) a[i] = out[i] * i; out[0] = a[n];"
        self.expect(PROBE, array, "bytes stack frame", "local memory is slow")

    def test_a_probe_that_is_not_free_is_named(self):
        self.expect("out[1] = clock64();", WORK, "Probe<off> is not free")

    def test_a_probe_without_code_is_named(self):
        self.expect("", WORK, "probe level 1 has no code of its own")

    def test_a_serialised_wgmma_is_named(self):
        log = "ptxas info : (C7510) Potential Performance Loss: wgmma.mma_async is serialized"
        self.assertIn("C7510", check_machine_code.spill_problems(log, "90a")[0])

    def test_an_empty_log_is_no_success(self):
        self.assertTrue(check_machine_code.spill_problems("", "90a"))

    def test_the_log_of_another_architecture_is_not_read(self):
        log = "\n".join(
            f"ptxas info    : Compiling entry function 'kernel' for 'sm_{arch}'\n"
            "ptxas info    : Function properties for kernel\n"
            f"    {stack} bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            "ptxas info    : Used 32 registers, used 1 barriers, 96 bytes smem"
            for arch, stack in (("80", 16), ("90a", 0))
        )
        self.assertEqual(check_machine_code.spill_problems(log, "90a"), [])
        self.assertIn("16 bytes stack", check_machine_code.spill_problems(log, "80")[0])
        self.assertEqual(check_machine_code.functions(log, "80")["kernel"]["smem"], 96)


if __name__ == "__main__":
    unittest.main()
