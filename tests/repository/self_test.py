"""Each check passes a clean tree and fails on a planted violation.
Usage: self_test.py [CLANG_FORMAT]"""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import check_commands
import check_format
import check_layers
import check_paths
import check_peers
import check_sizes
import check_words
import tree

CLANG_FORMAT = sys.argv.pop() if len(sys.argv) > 1 else ""


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.plant("base/error.hpp", "#pragma once\n\n#include <string>\n")
        self.plant("sim/calibrate/fit.hpp", '#pragma once\n\n#include "base/error.hpp"\n')
        self.plant("README.md", "See `base/error.hpp` and [the fit](sim/calibrate/fit.hpp).\n")

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def expect(self, check, *words):
        """The check fails and names all of `words`; without any, it passes."""
        found = check.problems(str(self.root))
        self.assertEqual(bool(found), bool(words), found)
        for word in words:
            self.assertIn(word, "\n".join(found))


class Layers(Planted):
    def test_a_clean_tree_passes(self):
        self.expect(check_layers)

    def test_an_include_that_points_up_is_named(self):
        self.plant("base/up.hpp", '#include "sim/calibrate/fit.hpp"\n')
        self.expect(check_layers, "base/up.hpp: base/ must not include sim/calibrate/fit.hpp")

    def test_a_sub_folder_includes_only_lower_ones(self):
        self.plant("plan/layer/a.hpp", "#pragma once\n")
        self.plant("plan/decisions/a.cpp", '#include "plan/layer/a.hpp"\n')
        self.expect(check_layers)
        self.plant("plan/layer/b.cpp", '#include "plan/decisions/a.hpp"\n')
        self.expect(check_layers, "plan/layer/b.cpp: plan/layer must not include plan/decisions/a.hpp")

    def test_sub_folders_of_one_line_do_not_know_each_other(self):
        self.plant("traces/file/a.cpp", '#include "traces/export/a.hpp"\n')
        self.expect(check_layers, "traces/file must not include traces/export/a.hpp")

    def test_a_file_of_the_layer_itself_includes_no_sub_folder(self):
        self.plant("traces/record.hpp", '#include "traces/schema/a.hpp"\n')
        self.expect(check_layers, "traces/ must not include traces/schema/a.hpp")

    def test_device_headers_are_read_too(self):
        self.plant("kernels/device/a.cuh", '#include "kernels/attention/a.hpp"\n')
        self.expect(check_layers, "kernels/device/a.cuh: kernels/device must not include")

    def test_code_for_one_chip_is_included_by_itself_and_by_tables_alone(self):
        self.plant("kernels/attention/prefill_wgmma/a.cuh", "#pragma once\n")
        include = '#include "kernels/attention/prefill_wgmma/a.cuh"\n'
        self.plant("kernels/attention/prefill_wgmma/b.cu", include)
        self.plant("kernels/attention/prefill_kernel.cpp", include)
        self.plant("tests/kernels/a_test.cpp", include)
        self.expect(check_layers)
        self.plant("kernels/routing/xattn/score/a.cuh", include)
        self.expect(check_layers, "kernels/routing/xattn/score/a.cuh: only its own folder and launch tables")

    def test_clocks_and_cupti_know_neither_plans_nor_kernels(self):
        self.plant("profiler/clock/a.cu", '#include "kernels/device/ptx.cuh"\n')
        self.plant("profiler/cupti/a.hpp", '#include "plan/layer/tile.hpp"\n')
        self.expect(check_layers, "profiler/clock/ must not include kernels/device/ptx.cuh",
                    "profiler/cupti/ must not include plan/layer/tile.hpp")

    def test_an_unknown_sub_folder_is_named(self):
        self.plant("sim/rates/a.hpp", "#pragma once\n")
        self.expect(check_layers, "does not know the sub-folder sim/rates")

    def test_analysis_knows_neither_the_simulator_nor_the_profiler(self):
        self.plant("analysis/a.cpp", '  #  include "sim/calibrate/fit.hpp"\n#include "profiler/machine/nvml.hpp"\n')
        self.expect(check_layers, "include sim/calibrate/fit.hpp", "include profiler/machine/nvml.hpp")

    def test_the_program_does_not_include_the_tests(self):
        self.plant("sim/a.cpp", '#include "tests/close.hpp"\n')
        self.expect(check_layers, "sim/a.cpp: sim/ must not include tests/close.hpp")

    def test_cuda_stays_in_its_folders(self):
        cuda = "#include <cuda_runtime.h>\n"
        for name in ("kernels/a.cu", "profiler/a.hpp", "base/cuda/a.cuh", "app/profile_command.cpp"):
            self.plant(name, cuda)
        self.plant("tests/kernels/a_test.cpp", cuda)
        self.expect(check_layers)
        self.plant("tests/sim/a_test.cpp", cuda)
        self.expect(check_layers, "tests/sim/a_test.cpp: reaches the CUDA header cuda_runtime.h")

    def test_cuda_is_found_behind_a_header(self):
        self.plant("kernels/a.hpp", "#include <cupti.h>\n")
        self.plant("app/main.cpp", '#include "kernels/a.hpp"\n')
        self.expect(check_layers, "app/main.cpp: reaches the CUDA header cupti.h", "kernels/a.hpp")

    def test_host_libraries_stay_out_of_device_code(self):
        self.plant("kernels/a.hpp", "#include <fmt/format.h>\n")
        self.plant("kernels/a.cu", '#include "kernels/a.hpp"\n')
        self.plant("kernels/b.cuh", "#include <Eigen/Dense>\n")
        self.expect(check_layers, "kernels/a.cu: device code reaches fmt", "kernels/b.cuh")


class Sizes(Planted):
    def test_a_long_source_is_named(self):
        self.plant("sim/long.cpp", "\n" * 400)
        self.expect(check_sizes)
        self.plant("sim/long.cpp", "\n" * 401)
        self.expect(check_sizes, "sim/long.cpp: 401 lines")

    def test_long_files_everywhere_are_named(self):
        for i in range(3):
            self.plant(f"plan/{i}.cpp", "\n" * 121)
        self.plant("sim/a.cpp", "\n" * 400)
        self.expect(check_sizes, "the median source file has 121 lines")

    def test_a_folder_that_fits_no_screen_is_named(self):
        for i in range(23):
            self.plant(f"plan/layer/{i}.cpp", "")
        self.plant("plan/layer/more/a.cpp", "")
        self.expect(check_sizes)
        self.plant("plan/layer/23.cpp", "")
        self.expect(check_sizes, "plan/layer: 25 entries")

    def test_large_files_are_named(self):
        self.plant("data.csv", "1" * (check_sizes.MOST_FILE_BYTES + 1))
        self.expect(check_sizes, "data.csv")

    def test_recorded_traces_are_counted_together(self):
        for name in "abc":
            self.plant(f"traces/recorded/{name}.h5", "1" * 3_500_000)
        self.expect(check_sizes, "traces/recorded: 10500000 bytes")


class Words(Planted):
    def test_a_clean_tree_passes(self):
        self.plant("scripts/a.sh", 'cd "$root/home/x"; ls ./home/x\n')
        self.expect(check_words)

    def test_machine_paths_are_named(self):
        for folder in ("work", "home", "root"):
            self.plant("docs/a.md", f"first\nSee /{folder}/me\n")
            self.expect(check_words, f"docs/a.md:2: path of a machine: /{folder}/m")

    def test_registry_addresses_are_named(self):
        self.plant("package-lock.json", '{"' + 'resolved": "somewhere"}\n')
        self.expect(check_words, "package-lock.json:1: address of a registry")
        self.plant("package-lock.json", "{}\n")
        self.plant("scripts/a.sh", "curl https:" + "//deb.debian" + ".org/x\n")
        self.expect(check_words, "scripts/a.sh:1: address of a registry")

    def test_citations_of_absent_pages_are_named(self):
        self.plant("docs/a.md", "research on GPUs by design\n")
        self.expect(check_words)
        self.plant("docs/a.md", "first\nsee DESI" + "GN section 3\n")
        self.plant("sim/a.hpp", "// resear" + "ch/kernels.md 1.5\n")
        self.expect(check_words, "docs/a.md:2: cites a page", "sim/a.hpp:1: cites a page")

    def test_unfinished_work_is_named(self):
        self.plant("sim/a.cpp", "// TO" + "DO: later\n")
        self.expect(check_words, "sim/a.cpp:1: mark of unfinished work")


class Paths(Planted):
    def test_existing_paths_globs_and_outputs_pass(self):
        named = "`base/*.hpp` `sim/<name>.hpp` `out/x.h5` `sim/`, `a/b`, [r](../README.md)\n"
        self.plant("docs/a.md", named)
        self.expect(check_paths)

    def test_a_stale_path_is_named(self):
        self.plant("docs/a.md", "one\n`sim/gone.hpp`\n")
        self.expect(check_paths, "docs/a.md:2: sim/gone.hpp")

    def test_a_stale_path_in_a_command_or_link_is_named(self):
        self.plant("docs/a.md", "```\ncat ./base/gone.hpp -o x\n```\n[f](gone.md) `base/*.cu`\n")
        self.expect(check_paths, "docs/a.md:2: base/gone.hpp", "docs/gone.md", "base/*.cu")


class Peers(Planted):
    def test_a_page_that_its_numbers_do_not_make_is_named(self):
        self.expect(check_peers)
        numbers = {"runs": [], "rows": []}
        self.plant(check_peers.SOURCE, json.dumps(numbers))
        self.expect(check_peers, "not what docs/measurements/peers.json makes")
        self.plant(check_peers.PAGE, check_peers.peers_page.page(numbers))
        self.expect(check_peers)
        self.plant(check_peers.PAGE, "by hand\n")
        self.expect(check_peers, "run python3 tests/bench/peers/page.py")

    def test_a_page_without_numbers_is_named(self):
        self.plant(check_peers.PAGE, "by hand\n")
        self.expect(check_peers, "docs/measurements/peers.json is missing")

    def test_a_page_of_another_gpu_is_held_to_its_own_numbers(self):
        numbers = {"runs": [], "rows": []}
        self.plant("docs/measurements/peers_h100.json", json.dumps(numbers))
        self.expect(check_peers, "not what docs/measurements/peers_h100.json makes")
        page = check_peers.peers_page.page(numbers)
        self.plant("docs/measurements/peers_h100.md", page)
        self.expect(check_peers)
        self.plant("docs/measurements/peers_h100.md", page + "by hand\n")
        self.expect(check_peers, "peers_h100.md: not what")


class Commands(Planted):
    def setUp(self):
        super().setUp()
        # A program with one command and two flags.
        self.plant(
            "fluxscope",
            "#!/bin/sh\n"
            'case "$1" in\n'
            '  run) echo "-o,--output FILE";;\n'
            '  --help) echo "--version";;\n'
            "  *) exit 2;;\n"
            "esac\n",
        )
        os.chmod(self.root / "fluxscope", stat.S_IRWXU)

    def found(self, page):
        self.plant("docs/a.md", page)
        return check_commands.problems(str(self.root), str(self.root / "fluxscope"))

    def test_known_commands_and_flags_pass(self):
        page = "`fluxscope run`\n```\n$ fluxscope run x \\\n  -o y.h5  # --not-a-flag\n"
        page += "build/cpu/app/fluxscope --version | grep --color a\n```\n"
        self.assertEqual(self.found(page), [])

    def test_unknown_commands_and_flags_are_named(self):
        self.assertIn("no command 'walk'", self.found("`fluxscope walk x`\n")[0])
        self.assertIn("no flag --fast", self.found("```\nfluxscope run \\\n  --fast=1\n```\n")[0])
        self.assertIn("no flag -n", self.found("    true && fluxscope run -n 1\n")[0])
        self.assertIn("no flag -n", self.found("`sbatch --wrap 'fluxscope run -n 1'`\n")[0])


class Format(Planted):
    @unittest.skipUnless(CLANG_FORMAT, "no clang-format")
    def test_a_line_that_clang_format_would_change_is_named(self):
        self.plant(".clang-format", "BasedOnStyle: Google\n")
        self.plant("sim/a.cpp", "int one() { return 1; }\n")
        self.assertEqual(check_format.problems(str(self.root), CLANG_FORMAT), [])
        self.plant("sim/a.cpp", "int one(){return 1;}\n")
        self.assertIn("a.cpp:1", check_format.problems(str(self.root), CLANG_FORMAT)[0])


class Tree(Planted):
    def test_ignored_files_are_not_checked(self):
        self.plant("build/a.cpp", "")
        self.assertNotIn("build/a.cpp", map(str, tree.files(self.root)))
        if not shutil.which("git"):
            self.skipTest("no git")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.plant(".gitignore", "/mine/\n")
        self.plant("mine/a.cpp", "")
        names = list(map(str, tree.files(self.root)))
        self.assertNotIn("mine/a.cpp", names)
        self.assertIn("sim/calibrate/fit.hpp", names)


if __name__ == "__main__":
    unittest.main()
