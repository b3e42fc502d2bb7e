#!/usr/bin/env bash
# Everything that needs a GPU, without a network and in under ten minutes: the device's kernels and a
# whole model against the CPU, the program on both, the memory checker over the kernels, and a
# throughput table.
# usage: scripts/gpu_check.sh [--binary PATH]     PATH: the program, its libraries and tests beside it
# LAUREL_TORCH=/path: the LibTorch folder of this machine, if the program was built with another's.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=build/laurel
while [ $# -gt 0 ]; do
  case "$1" in
    --binary) binary=${2:?gpu_check: --binary needs a path}; shift 2 ;;
    *) echo "gpu_check: found $1, expected --binary PATH" >&2; exit 2 ;;
  esac
done
folder=$(dirname "$binary")
for file in "$(basename "$binary")" liblaurel_cuda.so cuda_device_tests cuda_throughput; do
  [ -e "$folder/$file" ] || {
    echo "gpu_check: $folder/$file is missing; run scripts/setup.sh --cuda && scripts/build.sh" >&2
    exit 2
  }
done
[ -z "${LAUREL_TORCH:-}" ] || export LD_LIBRARY_PATH="$LAUREL_TORCH/lib:${LD_LIBRARY_PATH:-}"
failed=0

echo "== machine"
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader || failed=1
"$binary" --version

echo "== correctness, against the CPU"
# 77: no device could be used, which is no success here; the tests have said why.
status=0
timeout 120 "$folder/cuda_device_tests" --gtest_brief=1 || status=$?
[ $status != 77 ] || { echo "gpu_check: no device to check" >&2; exit 1; }
[ $status = 0 ] || failed=1

echo "== the program on both devices"
timeout 60 python3 scripts/compare_devices.py --laurel "$binary" || failed=1

echo "== memory checker"
checker=$(command -v compute-sanitizer || ls .deps/cuda-*/nvidia/cu*/bin/compute-sanitizer 2>/dev/null | head -1 || true)
if [ -z "$checker" ]; then
  echo "not run: no compute-sanitizer"
else
  # Only our kernels: LibTorch's would take long and are not ours to check.
  status=0
  timeout 200 "$checker" --tool memcheck --error-exitcode 99 "$folder/cuda_device_tests" \
    --gtest_brief=1 --gtest_filter='-*Flash*:*AttentionMath*:CudaModel*' >gpu_check.log 2>&1 || status=$?
  tail -4 gpu_check.log
  if grep -q "Device not supported" gpu_check.log; then
    echo "not run: compute-sanitizer does not work on this machine"
  elif [ $status != 0 ]; then
    failed=1
  fi
  rm -f gpu_check.log
fi

echo "== throughput, random weights"
timeout 200 "$folder/cuda_throughput" || failed=1

[ $failed = 0 ] && echo "gpu_check: all passed" || echo "gpu_check: something failed, see above" >&2
exit $failed
