"""The parts of kernel_table.py against values worked out by hand, and its planted faults."""

import unittest

import kernel_table

SM_90 = {"registers_per_sm": 65536, "max_threads_per_sm": 2048, "smem_per_sm_bytes": 233472}
VERSION = "13.0.88"


class CtasPerSm(unittest.TestCase):
    def expect(self, ctas, threads, registers, smem_bytes):
        self.assertEqual(kernel_table.ctas_per_sm(SM_90, threads, registers, smem_bytes), ctas)

    def test_threads_limit_small_ctas(self):
        self.expect(4, 512, 16, 0)  # 4 x 512 = 2048

    def test_registers_limit_and_are_rounded_up_per_warp(self):
        # 65 x 32 = 2080 registers, of which a warp gets 2304: 28 warps, 7 CTAs of 4.
        self.expect(7, 128, 65, 0)

    def test_shared_memory_limits_with_a_kilobyte_more_per_cta(self):
        self.expect(2, 128, 32, 115712)  # 2 x (113 + 1) KiB = 228 KiB
        self.expect(1, 128, 32, 115713)

    def test_an_sm_holds_32_ctas_at_most(self):
        self.expect(32, 32, 16, 0)


class Names(unittest.TestCase):
    def test_a_name_keeps_its_template_arguments(self):
        mangled = (
            "void fluxscope::kernels::mma::kernel<fluxscope::kernels::mma::Shape<128, 2>, "
            "(fluxscope::kernels::ProbeLevel)1>(fluxscope::kernels::AttentionParams)"
        )
        self.assertEqual(kernel_table.readable(mangled), "kernel<Shape<128, 2>, l0>")

    def test_the_unnamed_namespace_is_left_out(self):
        mangled = "void fluxscope::kernels::(anonymous namespace)::kernel<64, (ProbeLevel)0>(int)"
        self.assertEqual(kernel_table.readable(mangled), "kernel<64, off>")


class Planted(unittest.TestCase):
    def test_a_kernel_without_a_launch_is_named(self):
        problems = kernel_table.missing({"80": {"a": {}, "b": {}}}, {"a": (32, 0)})
        self.assertEqual(len(problems), 1)
        self.assertIn("b: not in tests/kernels/machine_code/kernel_shapes.cpp", problems[0])

    def test_a_launch_without_a_kernel_is_named(self):
        problems = kernel_table.missing({"80": {}, "90a": {"a": {}}}, {"a": (32, 0), "b": (32, 0)})
        self.assertIn("b: no file of kernels/ compiles it", problems[0])

    def test_a_changed_row_is_named_with_the_command_that_rewrites_the_table(self):
        old, new = f"nvcc {VERSION};\n| a | 1 |\n", f"nvcc {VERSION};\n| a | 2 |\n"
        problems = kernel_table.compare(old, new, VERSION, "out.md")
        self.assertIn("| a | 2 |", problems)
        self.assertIn(f"cp out.md {kernel_table.TABLE}", problems[-1])
        self.assertEqual(kernel_table.compare(old, old, VERSION, "out.md"), [])


if __name__ == "__main__":
    unittest.main()
