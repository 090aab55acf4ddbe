#!/usr/bin/env bash
# Installs what fluxscope needs and is missing, from the system's packages (Debian 12, Ubuntu 24.04) and
# npm. Says what it installs. Usage: scripts/install_dependencies.sh build|test [--no-install]
#   build         what the program needs
#   test          that, and what the tests need
#   --no-install  stop with exit code 2 and a list where something is missing
# A CUDA toolkit (13.0 or newer, for `fluxscope profile`) and a driver are left to you.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

# command:package, for commands that may come from elsewhere; else a package.
build_needs=(g++:g++ cmake:cmake ninja:ninja-build npm:npm
  libhdf5-dev libaec-dev zlib1g-dev libeigen3-dev libtbb-dev libfmt-dev libcli11-dev
  libtomlplusplus-dev nlohmann-json3-dev)
test_needs=(git:git libgtest-dev libgmock-dev libbenchmark-dev python3-h5py python3-matplotlib)
# Without these a test is skipped, or builds take longer.
optional_needs=(clang-format-14:clang-format-14 ccache:ccache clang++-16:clang-16
  libclang-rt-16-dev valgrind:valgrind)

installed() {  # NEED
  case "$1" in
    *:*) command -v "${1%%:*}" >/dev/null ;;
    *) dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii' ;;
  esac
}

missing() {  # NEED... -> package names
  local need
  for need in "$@"; do installed "$need" || say "${need##*:}"; done
}

needs_chromium() {
  ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null &&
    ! command -v google-chrome >/dev/null
}

optional_packages() {
  missing "${optional_needs[@]}"
  # Ubuntu's package only fetches a snap, which does not run in containers: the page test is skipped.
  if needs_chromium && ! grep -q '^ID=ubuntu' /etc/os-release; then say chromium; fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_get() {  # ARGUMENT...: quiet unless it fails
  local log code=0
  log=$(mktemp)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >"$log" 2>&1 || code=$?
  [ "$code" = 0 ] || tail -20 "$log" >&2
  rm -f "$log"
  return "$code"
}

apt_install() {  # PACKAGE...
  say "installing with apt-get: $*"
  apt_get install -y --no-install-recommends "$@"
}

available() {  # PACKAGE... -> those that apt-get knows
  local package
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then say "$package"; else
      say "not in this system's packages: $package" >&2
    fi
  done
}

# The packages of the arrays `needed` and `wanted`; without a wanted one we go on.
system_packages() {
  [ ${#needed[@]} = 0 ] && [ ${#wanted[@]} = 0 ] && return
  if [ "$install" = no ]; then
    [ ${#needed[@]} = 0 ] || refuse "missing packages; install them, then call this again:
  apt-get install ${needed[*]} ${wanted[*]}"
    say "not installed, some tests will be skipped: ${wanted[*]}"
    return
  fi
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    refuse "missing packages, and neither root nor sudo is at hand: ${needed[*]} ${wanted[*]}"
  apt_get update || say "apt-get update failed; going on with the lists at hand"
  [ ${#needed[@]} = 0 ] || apt_install "${needed[@]}" || refuse "apt-get could not install them"
  mapfile -t wanted < <(available "${wanted[@]}")
  [ ${#wanted[@]} = 0 ] || apt_install "${wanted[@]}" || say "going on without: ${wanted[*]}"
}

echarts() {
  [ -f node_modules/echarts/dist/echarts.min.js ] && return
  [ "$install" = yes ] || refuse "ECharts is missing (the report embeds it); fetch it: npm ci"
  say "fetching ECharts with npm"
  npm ci --no-audit --no-fund --loglevel=error
}

main() {
  local what=${1:-} install=yes needs=("${build_needs[@]}") needed wanted=()
  if [ "${2:-}" = --no-install ]; then install=no; fi
  case "$what" in
    build) ;;
    test)
      needs+=("${test_needs[@]}")
      mapfile -t wanted < <(optional_packages)
      ;;
    *) refuse "usage: scripts/install_dependencies.sh build|test [--no-install]" ;;
  esac
  if command -v apt-get >/dev/null; then
    mapfile -t needed < <(missing "${needs[@]}")
    system_packages
  else
    say "no apt-get here; these are needed, by their Debian names: ${needs[*]##*:}"
  fi
  echarts
}

main "$@"
