# shellcheck shell=bash
# Sourced by the scripts beside it: words to the user, the preset for this machine, building it.

say() { printf '%s\n' "$@"; }

refuse() {  # TEXT...: the user has to do something
  say "$*" >&2
  exit 2
}

# The toolkit's nvcc, where it is new enough for the profiler's CUPTI headers.
find_nvcc() {
  local nvcc major
  for nvcc in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
    [ -x "$nvcc" ] || continue
    major=$("$nvcc" --version | sed -n 's/.*release \([0-9]*\).*/\1/p')
    if [ "${major:-0}" -ge 13 ]; then
      say "$nvcc"
      return
    fi
  done
}

# gpu: everything; cpu: simulator, traces, reports.
machine_preset() {
  if [ -n "$(find_nvcc)" ]; then say gpu; else say cpu; fi
}

use_ccache() {
  command -v ccache >/dev/null || return 0
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_CUDA_COMPILER_LAUNCHER=ccache
  # Clones in other folders share results.
  export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
}

configure_and_build() {  # PRESET TARGET CMAKE_ARGUMENT...
  local preset=$1 target=$2 log
  shift 2
  mkdir -p build
  log="build/configure-$preset.log"
  say "configuring and building preset $preset in build/$preset"
  if ! CUDACXX=$(find_nvcc) cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  cmake --build --preset "$preset" --target "$target" -j "$(nproc)"
}
