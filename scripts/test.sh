#!/usr/bin/env bash
# Installs what the tests need, builds everything that this machine can build, and runs all tests; the
# host code once more under the address and undefined-behaviour sanitizers.
# Usage: scripts/test.sh [--no-install] [--no-asan] [--fuzz]
#   --fuzz  the readers of files under libFuzzer too (clang++-16 and libclang-rt-16-dev)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

install_flag="" asan=yes fuzz=no
for argument in "$@"; do
  case "$argument" in
    --no-install) install_flag=--no-install ;;
    --no-asan) asan=no ;;
    --fuzz) fuzz=yes ;;
    *) refuse "usage: scripts/test.sh [--no-install] [--no-asan] [--fuzz]" ;;
  esac
done

run_tests() {  # PRESET CMAKE_ARGUMENT...
  configure_and_build "$1" all -DFLUXSCOPE_TESTS=ON "${@:2}"
  ctest --preset "$1" -j "$(nproc)"
}

scripts/install_dependencies.sh test $install_flag
use_ccache
preset=$(machine_preset)
benchmarks=(-DFLUXSCOPE_BENCHMARKS=ON)
if [ "$preset" = cpu ]; then
  say "no CUDA toolkit (13.0 or newer) found: kernels, profiler and benchmarks are not built"
  benchmarks=()
fi
if [ "$asan" = yes ]; then run_tests asan; fi
if [ "$fuzz" = yes ]; then run_tests fuzz -DFLUXSCOPE_TESTS=OFF; fi
run_tests "$preset" "${benchmarks[@]}"
