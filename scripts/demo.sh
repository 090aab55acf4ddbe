#!/usr/bin/env bash
# Installs what is missing, builds fluxscope and does its main job. Without a GPU: reports on the recorded
# H200 traces, simulates the same experiments on the H200 and the A800, compares, and sweeps sparsity.
# With a GPU it profiles a small experiment first. Results are in out/; what is up to date is kept.
# Usage: scripts/demo.sh [--no-install]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

install_flag=""
case "${1:-}" in
  "") ;;
  --no-install) install_flag=--no-install ;;
  *) refuse "usage: scripts/demo.sh [--no-install]" ;;
esac

# True where OUTPUT is there and none of the inputs is newer. The program is an input of all.
fresh() {  # OUTPUT INPUT...
  local output=$1 input
  shift
  [ -f "$output" ] || return 1
  for input in "$fluxscope" "$@"; do
    [ ! "$input" -nt "$output" ] || return 1
  done
}

# Runs `fluxscope ARGUMENT...` unless OUTPUT is fresh; what it prints goes to TEXT.
make_with() {  # OUTPUT TEXT "INPUT..." ARGUMENT...
  local output=$1 text=$2 inputs=$3
  shift 3
  # shellcheck disable=SC2086  # the inputs are separate words
  if fresh "$output" $inputs && fresh "$text"; then return; fi
  say "  fluxscope $*"
  "$fluxscope" "$@" >"$text.part"
  mv "$text.part" "$text"
}

check_inputs() {
  recorded=(traces/recorded/head-vs-layer-*.h5)
  [ -f "${recorded[0]}" ] || refuse "traces/recorded/ holds no trace (is this checkout whole?)" \
    "restore it: git checkout -- traces/recorded"
  local gpu
  for gpu in h200 a800; do
    [ -f "configs/gpus/$gpu.toml" ] || refuse "configs/gpus/$gpu.toml is missing (the simulator" \
      "needs it) restore it: git checkout -- configs/gpus, or make it: fluxscope calibrate --help"
  done
}

usable_gpu() { [[ $("$fluxscope" doctor) =~ works\ +GPU: ]]; }

profile_quick() {
  say "profiling the experiment quick on this GPU"
  make_with out/quick.h5 out/quick.txt configs/experiments/quick.toml \
    profile quick -o out/quick.h5
  measured=(out/quick.h5 "${measured[@]}")
}

simulate_recorded() {
  local trace name gpu simulated
  for trace in "${recorded[@]}"; do
    name=$(basename "$trace" .h5)
    for gpu in h200 a800; do
      simulated="out/$name-$gpu.h5"
      make_with "$simulated" "out/$name-$gpu.txt" \
        "configs/experiments/$name.toml configs/gpus/$gpu.toml" \
        simulate "$name" --gpu "$gpu" -o "$simulated"
      modelled+=("$simulated")
    done
    make_with "out/$name-errors.txt" "out/$name-errors.txt" "$trace out/$name-h200.h5" \
      compare "$trace" "out/$name-h200.h5"
  done
}

headline() {
  say "" "$(cat out/headline.txt)"
  local trace name
  say "" "Simulated H200 against measured, per experiment (error = simulated / measured - 1):"
  for trace in "${recorded[@]}"; do
    name=$(basename "$trace" .h5)
    say "$name"
    grep -E '^(group|all|held_out)' "out/$name-errors.txt"
  done
}

check_inputs
scripts/install_dependencies.sh build $install_flag
use_ccache
preset=$(machine_preset)
configure_and_build "$preset" fluxscope -DFLUXSCOPE_TESTS=OFF
fluxscope="build/$preset/app/fluxscope"
mkdir -p out
measured=("${recorded[@]}")
if usable_gpu; then
  gpu=yes
  profile_quick
else
  gpu=no
  say "no GPU that can be measured here: going on with the recorded traces"
fi
modelled=()
say "simulating the recorded experiments on the H200 and the A800, and comparing"
simulate_recorded
say "sweeping sparsity, context and execution on both GPUs"
make_with out/sweep.h5 out/sweep.txt "configs/sweeps/msr-context-execution.toml \
  configs/gpus/h200.toml configs/gpus/a800.toml" \
  sweep msr-context-execution -o out/sweep.h5 --summary out/sweep.csv
say "reporting"
all=("${measured[@]}" "${modelled[@]}")
make_with out/report.html out/report.txt "${all[*]}" report "${all[@]}" -o out/report.html
make_with out/headline.txt out/headline.txt "${measured[*]}" report "${measured[@]}"
headline
say "" "The same tables of the modelled H200 and A800: out/report.txt" \
  "Where sparsity pays, by GPU, phase and MSR: out/sweep.txt" \
  "Report: $PWD/out/report.html"
if [ "$gpu" = yes ]; then
  say "The whole experiments on this GPU (minutes each):" \
    "  $fluxscope profile head-vs-layer-decode -o out/decode.h5" \
    "  $fluxscope profile head-vs-layer-prefill -o out/prefill.h5"
fi
