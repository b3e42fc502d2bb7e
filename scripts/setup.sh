#!/usr/bin/env bash
# Brings what the build needs: system packages, LibTorch, Rust. Idempotent; everything else lands in .deps/.
# LAUREL_TORCH=/path uses a LibTorch folder of your own (the folder that holds include/ and lib/).
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH_VERSION=2.15.0
CUDA_RUNTIME_VERSION=13.2.75
CUDA_CUPTI_VERSION=13.2.75
CUDA_NVCC_VERSION=13.2.78
CUDA_CCCL_VERSION=13.2.75
CUDA_SANITIZER_VERSION=13.2.76

for option in "$@"; do
  [[ "$option" =~ ^--(cuda|bench|fuzz|browser)$ ]] ||
    { echo "setup: found option $option, expected --cuda, --bench, --fuzz or --browser" >&2; exit 2; }
done

packages=(g++ make cmake ninja-build ccache git ca-certificates python3 python3-pip python3-venv
  clang-format-16 nlohmann-json3-dev libcxxopts-dev libspdlog-dev libgtest-dev libgmock-dev)
command -v cargo >/dev/null || [ -x /usr/bin/cargo ] || packages+=(cargo-web rustc-web)
[[ " $* " != *" --bench "* ]] || packages+=(libbenchmark-dev)  # -DLAUREL_BENCH=ON builds bench/
[[ " $* " != *" --fuzz "* ]] || packages+=(clang-16 libclang-rt-16-dev llvm-16)  # for scripts/fuzz.sh
[[ " $* " != *" --browser "* ]] || packages+=(chromium)  # for tests/report/browser.py

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" = 0 ]; then
    echo "setup: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $install >/dev/null
  else
    echo "setup: system packages are missing and this user may not install them. Run:" >&2
    echo "  sudo apt-get update && sudo $install" >&2
    exit 2
  fi
fi

if [ -z "${LAUREL_TORCH:-}" ]; then
  stamp=.deps/torch-$TORCH_VERSION/complete
  if [ ! -f "$stamp" ]; then
    echo "setup: downloading LibTorch $TORCH_VERSION (about 0.6 GB)"
    rm -rf ".deps/torch-$TORCH_VERSION"
    mkdir -p .deps
    # The libraries need none of torch's Python dependencies; of the CUDA parts the CPU program loads these two.
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
      --root-user-action ignore --target ".deps/torch-$TORCH_VERSION" "torch==$TORCH_VERSION" \
      "nvidia-cuda-runtime==$CUDA_RUNTIME_VERSION" "nvidia-cuda-cupti==$CUDA_CUPTI_VERSION"
    touch "$stamp"
  fi
fi

# nvcc and what it needs, without a CUDA installation: enough to compile the kernels, not to run them.
if [[ " $* " == *" --cuda "* ]]; then
  folder=.deps/cuda-$CUDA_NVCC_VERSION
  if [ ! -f "$folder/complete" ]; then
    echo "setup: downloading nvcc $CUDA_NVCC_VERSION (about 0.13 GB, 0.35 GB on disk)"
    rm -rf .deps/cuda-*
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
      --root-user-action ignore --target "$folder" \
      "nvidia-cuda-nvcc==$CUDA_NVCC_VERSION" "nvidia-nvvm==$CUDA_NVCC_VERSION" \
      "nvidia-cuda-crt==$CUDA_NVCC_VERSION" "nvidia-cuda-cccl==$CUDA_CCCL_VERSION" \
      "nvidia-cuda-runtime==$CUDA_RUNTIME_VERSION" \
      "nvidia-cuda-sanitizer-api==$CUDA_SANITIZER_VERSION"
    touch "$folder/complete"
  fi
fi
