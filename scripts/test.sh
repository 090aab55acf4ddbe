#!/usr/bin/env bash
# Installs what the tests need, builds everything that this machine can build, and runs all tests; the
# host code once more under the address and undefined-behaviour sanitizers, the readers of files under
# libFuzzer where there is clang 16.
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

scripts/install_dependencies.sh test $install_flag
use_ccache
preset=$(machine_preset)
benchmarks=(-DFLUXSCOPE_BENCHMARKS=ON)
if [ "$preset" = cpu ]; then
  say "no CUDA toolkit (13.0 or newer) found: kernels, profiler and benchmarks are not built"
  benchmarks=()
fi
if [ "$asan" = yes ]; then run_tests asan; fi
if [ "$fuzz" = yes ] && command -v clang++-16 >/dev/null; then run_tests fuzz -DFLUXSCOPE_TESTS=OFF; fi
run_tests "$preset" "${benchmarks[@]}"
