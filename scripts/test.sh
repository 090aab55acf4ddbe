#!/usr/bin/env bash
# Installs what the tests need, builds everything that this machine can build, and runs all tests; the
# host code once more under the address and undefined-behaviour sanitizers, the readers of files for
# some minutes under libFuzzer.
# Usage: scripts/test.sh [--no-install] [--no-asan] [--no-fuzz]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

install_flag="" asan=yes fuzz=yes
for argument in "$@"; do
  case "$argument" in
    --no-install) install_flag=--no-install ;;
    --no-asan) asan=no ;;
    --no-fuzz) fuzz=no ;;
    *) refuse "usage: scripts/test.sh [--no-install] [--no-asan] [--no-fuzz]" ;;
  esac
done

run_tests() {  # PRESET CMAKE_ARGUMENT...
  configure_and_build "$1" all -DFLUXSCOPE_TESTS=ON "${@:2}"
  ctest --preset "$1" -j "$(nproc)"
}

can_fuzz() {
  clang++-16 -fsanitize=fuzzer -x c++ - -o /dev/null 2>/dev/null <<'EOF'
#include <cstddef>
#include <cstdint>
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const*, std::size_t) { return 0; }
EOF
}

scripts/install_dependencies.sh test $install_flag
use_ccache
preset=$(machine_preset)
benchmarks=(-DFLUXSCOPE_BENCHMARKS=ON)
if [ "$preset" = cpu ]; then
  say "no CUDA toolkit (13.0 or newer) found: kernels, profiler and benchmarks are not built"
  benchmarks=()
fi
if [ "$fuzz" = yes ] && ! can_fuzz; then
  say "clang++-16 with libFuzzer (libclang-rt-16-dev) not found: the fuzz programs are not built"
  fuzz=no
fi
if [ "$asan" = yes ]; then run_tests asan; fi
if [ "$fuzz" = yes ]; then run_tests fuzz -DFLUXSCOPE_TESTS=OFF; fi
run_tests "$preset" "${benchmarks[@]}"
