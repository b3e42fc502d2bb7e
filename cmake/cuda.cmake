# The CUDA kernels: src/ops/cuda/*.cu -> liblaurel_cuda.so beside the program, where nvcc is found.
#
# A library of its own, opened at run time: the program then needs no CUDA library to start, and is the
# same program whether nvcc was there or not. Custom commands instead of CMake's CUDA language, which
# wants a toolkit that can link and a device compiler test.
set(LAUREL_CUDA_ARCHITECTURES 80 90)

file(GLOB LAUREL_CUDA_DEPS "${PROJECT_SOURCE_DIR}/.deps/cuda-*/nvidia/cu*")
find_program(LAUREL_NVCC nvcc HINTS ${LAUREL_CUDA_DEPS} "$ENV{CUDA_HOME}" PATHS /usr/local/cuda
             PATH_SUFFIXES bin)
if(NOT LAUREL_NVCC)
  message(STATUS "CUDA: no nvcc (.deps, CUDA_HOME, PATH, /usr/local/cuda): liblaurel_cuda.so is not "
                 "built; scripts/setup.sh --cuda brings one")
  return()
endif()

get_filename_component(LAUREL_CUDA_FOLDER "${LAUREL_NVCC}" REALPATH)
get_filename_component(LAUREL_CUDA_FOLDER "${LAUREL_CUDA_FOLDER}/../.." ABSOLUTE)
# The runtime by its full name: wheels have no libcudart.so without a version. It is not in our rpath,
# because LibTorch's own is in the process before our library is opened.
file(GLOB LAUREL_CUDA_RUNTIME "${LAUREL_CUDA_FOLDER}/lib/libcudart.so.*"
     "${LAUREL_CUDA_FOLDER}/lib64/libcudart.so")
if(NOT LAUREL_CUDA_RUNTIME)
  message(FATAL_ERROR "CUDA: ${LAUREL_NVCC} has no libcudart.so beside it in lib/ or lib64/; set "
                      "LAUREL_NVCC to another nvcc, or to NO to build without")
endif()
list(GET LAUREL_CUDA_RUNTIME 0 LAUREL_CUDA_RUNTIME)
message(STATUS "CUDA: kernels for ${LAUREL_CUDA_ARCHITECTURES} with ${LAUREL_NVCC}")

# Machine code for every architecture, and PTX of the last one for those that come later.
set(LAUREL_CUDA_CODE "")
foreach(architecture ${LAUREL_CUDA_ARCHITECTURES})
  list(APPEND LAUREL_CUDA_CODE "-gencode=arch=compute_${architecture},code=sm_${architecture}")
endforeach()
list(GET LAUREL_CUDA_ARCHITECTURES -1 newest)
list(APPEND LAUREL_CUDA_CODE "-gencode=arch=compute_${newest},code=compute_${newest}")

set(LAUREL_CUDA_SOURCES
  adamw device_info gated gather_rows kernels norm_backward norm_forward rope segment_sum
  squared_norm)
set(LAUREL_CUDA_OBJECTS "")
foreach(name ${LAUREL_CUDA_SOURCES})
  set(source "${PROJECT_SOURCE_DIR}/src/ops/cuda/${name}.cu")
  set(object "${PROJECT_BINARY_DIR}/cuda/${name}.o")
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${LAUREL_NVCC}" -std=c++20 -O3 --expt-relaxed-constexpr ${LAUREL_CUDA_CODE}
            "-Xcompiler=-fPIC,-fvisibility=hidden,-Wall,-Wextra,-Werror" -Werror=all-warnings
            -I "${PROJECT_SOURCE_DIR}/src" -MD -MF "${object}.d" -c "${source}" -o "${object}"
    DEPENDS "${source}" "${LAUREL_NVCC}"
    DEPFILE "${object}.d"
    COMMENT "Building CUDA object ${name}.o"
    VERBATIM)
  list(APPEND LAUREL_CUDA_OBJECTS "${object}")
endforeach()
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/cuda")

add_library(laurel_cuda SHARED ${LAUREL_CUDA_OBJECTS})
set_target_properties(laurel_cuda PROPERTIES LINKER_LANGUAGE CXX SKIP_BUILD_RPATH ON
                      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
target_link_libraries(laurel_cuda PRIVATE "${LAUREL_CUDA_RUNTIME}")
# All symbols must be there now, not when a user first asks for a GPU.
target_link_options(laurel_cuda PRIVATE -Wl,--no-undefined)
