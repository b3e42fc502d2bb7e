# The three ways a target is made: a library per folder of src/, the program, a test binary per folder.

function(laurel_options target)
  # Designated initialisers leave fields at their defaults on purpose.
  # GCC 12 takes the inactive alternatives of a std::variant for uninitialised.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror -Wno-missing-field-initializers
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(LAUREL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LAUREL_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${LAUREL_SANITIZE})
  endif()
endfunction()

# Folders that see torch share one precompiled header; core and text never include torch.
add_library(laurel_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
target_link_libraries(laurel_precompiled PRIVATE torch)
target_precompile_headers(laurel_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
laurel_options(laurel_precompiled)

# laurel_library(ops a.cpp b.cpp DEPENDS data): the folder's library, on top of the named ones.
# Many files are compiled at a time: reading the precompiled header takes as long as a file's own code,
# and what files instantiate from the same templates is compiled once. CMake leaves out files that have
# options of their own (ops/cpu).
function(laurel_library folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_library(laurel_${folder} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(laurel_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  foreach(below ${ARG_DEPENDS})
    target_link_libraries(laurel_${folder} PUBLIC laurel_${below})
  endforeach()
  if(NOT folder MATCHES "^(core|text)$")
    target_link_libraries(laurel_${folder} PUBLIC torch)
    target_precompile_headers(laurel_${folder} REUSE_FROM laurel_precompiled)
  endif()
  set_target_properties(laurel_${folder} PROPERTIES UNITY_BUILD ${LAUREL_UNITY} UNITY_BUILD_BATCH_SIZE 40)
  laurel_options(laurel_${folder})
  # Calls of the libraries below, and few loops of their own: a third of these folders' time to compile.
  if(folder MATCHES "^(checkpoint|report|config|application|commands)$")
    target_compile_options(laurel_${folder} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()

# Tests share a precompiled header that has GoogleTest too. They are compiled without optimisation
# and many files at a time (each has a namespace of its own), which is most of a build's time saved.
set(LAUREL_TEST_OPTIONS $<$<NOT:$<BOOL:${LAUREL_SANITIZE}>>:-O0>)
if(LAUREL_TESTS)
  find_package(GTest REQUIRED)
  add_library(laurel_tests_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(laurel_tests_precompiled PRIVATE torch GTest::gmock)
  target_precompile_headers(laurel_tests_precompiled PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/precompiled_tests.h)
  laurel_options(laurel_tests_precompiled)
  target_compile_options(laurel_tests_precompiled PRIVATE ${LAUREL_TEST_OPTIONS})
endif()

# laurel_tests(ops a_test.cpp DEPENDS model): one binary and one ctest entry per folder of tests/.
function(laurel_tests folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${folder}_tests ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${folder}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${folder}_tests PRIVATE
    LAUREL_SOURCE_DIR="${PROJECT_SOURCE_DIR}" LAUREL_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set(libraries ${folder} ${ARG_DEPENDS})
  foreach(library ${libraries})
    if(TARGET laurel_${library})
      target_link_libraries(${folder}_tests PRIVATE laurel_${library})
    endif()
  endforeach()
  target_link_libraries(${folder}_tests PRIVATE GTest::gmock GTest::gtest_main)
  if(NOT folder MATCHES "^(core|text)$")
    target_link_libraries(${folder}_tests PRIVATE torch)
    target_precompile_headers(${folder}_tests REUSE_FROM laurel_tests_precompiled)
  endif()
  laurel_options(${folder}_tests)
  target_compile_options(${folder}_tests PRIVATE ${LAUREL_TEST_OPTIONS})
  set_target_properties(${folder}_tests PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 24)
  # The whole binary is one ctest entry: LibTorch takes longer to load than most tests take to run.
  add_test(NAME ${folder} COMMAND ${folder}_tests)
  set_tests_properties(${folder} PROPERTIES RESOURCE_LOCK ${folder} ENVIRONMENT
    "OMP_NUM_THREADS=2;OMP_WAIT_POLICY=PASSIVE")
endfunction()

# laurel_tests_run_the_program(end_to_end): the folder's tests start laurel, by itself and by its fork
# server, which are therefore built with them; only their link waits for it, their objects do not.
function(laurel_tests_run_the_program folder)
  foreach(program laurel laurel_fork_server laurel_fork_client)
    if(CMAKE_GENERATOR MATCHES "Ninja")
      set_property(TARGET ${folder}_tests APPEND PROPERTY LINK_DEPENDS "$<TARGET_FILE:${program}>")
    else()
      add_dependencies(${folder}_tests ${program})
    endif()
  endforeach()
endfunction()

# Other CPUs, by what holds oneDNN, MKL and ATen to their instructions. The suite itself runs with
# all that the CPU has, AMX included; a limit above the CPU's own changes nothing. laurel's kernels
# (LAUREL_CLONES, ops/cpu/gemm.cpp) ask the CPU itself, which no variable hides: those of plain
# x86-64 run under scripts/test.sh --sanitize address.
set(laurel_cpu_sse "ONEDNN_MAX_CPU_ISA=SSE41;MKL_ENABLE_INSTRUCTIONS=SSE4_2;ATEN_CPU_CAPABILITY=default")
set(laurel_cpu_avx2 "ONEDNN_MAX_CPU_ISA=AVX2;MKL_ENABLE_INSTRUCTIONS=AVX2;ATEN_CPU_CAPABILITY=avx2")
# ATen would take "avx512" for granted where the CPU has none.
set(laurel_cpu_avx512 "ONEDNN_MAX_CPU_ISA=AVX512_CORE;MKL_ENABLE_INSTRUCTIONS=AVX512")
set(laurel_cpu_avx512_bf16 "ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16;MKL_ENABLE_INSTRUCTIONS=AVX512_E3")

# laurel_tests_on_other_cpus(ops model): these folders' binaries once more for each CPU, as entries
# of ctest with the label `long`, e.g. ops_on_avx2.
function(laurel_tests_on_other_cpus)
  foreach(cpu sse avx2 avx512 avx512_bf16)
    foreach(folder ${ARGN})
      set(name ${folder}_on_${cpu})
      add_test(NAME ${name} COMMAND ${folder}_tests)
      set_tests_properties(${name} PROPERTIES LABELS long RESOURCE_LOCK ${folder} ENVIRONMENT
        "OMP_NUM_THREADS=2;OMP_WAIT_POLICY=PASSIVE;${laurel_cpu_${cpu}}")
    endforeach()
  endforeach()
endfunction()
