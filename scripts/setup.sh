#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that a job needs. Without the right to install, prints the one line that
# would do it and exits 1.
#
# usage: setup.sh run|test|check|bench|wasm
set -euo pipefail

packages=(clang-19 lld-19 cmake ninja-build ccache libhwy-dev libcli11-dev nlohmann-json3-dev libstb-dev)
programs=(node:nodejs npm:npm)
case ${1-} in
  run) ;;
  bench) packages+=(libbenchmark-dev) ;;
  test | check | wasm)
    packages+=(libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 libclang-rt-19-dev-wasm32 wasi-libc llvm-19)
    ;;&
  test | check)
    packages+=(make libgtest-dev librapidcheck-dev libonnx-testdata xz-utils valgrind)
    # Ubuntu's package of this name installs nothing; where there is no Chromium the tests in a browser are left out.
    if grep -q '^ID=debian' /etc/os-release; then packages+=(chromium); fi
    ;;&
  check)
    packages+=(libclang-rt-19-dev clang-format-19 clang-tidy-19 g++ shellcheck
      g++-aarch64-linux-gnu qemu-user googletest)
    ;;
  test | wasm) ;;
  *)
    echo "usage: $0 run|test|check|bench|wasm" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
# Node may well come from elsewhere than Debian: the program on the PATH decides.
for program in "${programs[@]}"; do
  command -v "${program%%:*}" >/dev/null || missing+=("${program##*:}")
done
((${#missing[@]} > 0)) || exit 0

install="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
if ((EUID == 0)); then
  as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo env)
else
  echo "These packages are missing; install them and try again:" >&2
  echo "  sudo sh -c '$install'" >&2
  exit 1
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive sh -c "$install" >/dev/null
