# Imported targets for LibTorch, made from its folder: find_package(Torch) of a CUDA build stops where
# no CUDA toolkit is installed, and we link only torch_cpu and c10.
if(NOT EXISTS "${LAUREL_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "no LibTorch in ${LAUREL_TORCH}: run scripts/setup.sh, or set LAUREL_TORCH "
                      "to a folder that holds include/ and lib/libtorch_cpu.so")
endif()

add_library(torch INTERFACE IMPORTED)
target_include_directories(torch SYSTEM INTERFACE
  "${LAUREL_TORCH}/include" "${LAUREL_TORCH}/include/torch/csrc/api/include")
target_link_libraries(torch INTERFACE
  "${LAUREL_TORCH}/lib/libtorch_cpu.so" "${LAUREL_TORCH}/lib/libc10.so")
# CUDA libraries that libtorch_cpu refers to may be absent; it does not call them on CPU.
target_link_options(torch INTERFACE -Wl,--unresolved-symbols=ignore-in-shared-libs
  "-Wl,-rpath,${LAUREL_TORCH}/lib")
