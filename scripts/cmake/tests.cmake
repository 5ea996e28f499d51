# What a sanitizer prints; a leak found inside a Criterion test prints a report and still passes, so CTest looks for it.
set(MINTMARK_SANITIZER_REPORT "ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:")

# mintmark_test(NAME unit-codec SOURCES … LINKS state/codec … [LABELS unit] [PLAIN] [TIMEOUT s] [SYSTEM …])
# A Criterion program (PLAIN: one with a main of its own) registered with CTest.
# It may use MINTMARK_SHARED (published vectors; may be absent) and MINTMARK_VECTORS (our own, tests/vectors).
function(mintmark_test)
  cmake_parse_arguments(ARG "PLAIN" "NAME;TIMEOUT" "SOURCES;LINKS;LABELS;SYSTEM" ${ARGN})
  if(MINTMARK_FUZZ AND NOT ARG_PLAIN)
    return() # the fuzz build has the fuzz targets alone
  endif()
  if(MINTMARK_SANITIZE STREQUAL "thread" AND NOT ARG_PLAIN)
    return()
  endif()
  string(REPLACE "/" "-" links "${ARG_LINKS}")
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE ${links} mintmark_flags mintmark_test_warnings ${ARG_SYSTEM})
  target_include_directories(${ARG_NAME} PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
  target_compile_definitions(${ARG_NAME} PRIVATE MINTMARK_SHARED="${MINTMARK_SHARED}"
                             MINTMARK_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors" MINTMARK_BUILD="${CMAKE_BINARY_DIR}"
                             MINTMARK_SOURCE="${CMAKE_SOURCE_DIR}")
  if(NOT ARG_PLAIN)
    target_link_libraries(${ARG_NAME} PRIVATE PkgConfig::CRITERION)
    if(MINTMARK_SANITIZE MATCHES "address")
      target_sources(${ARG_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/lib/runner_leaks.c)
    endif()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME})
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
                       FAIL_REGULAR_EXPRESSION "${MINTMARK_SANITIZER_REPORT}" SKIP_RETURN_CODE 77)
endfunction()

# mintmark_fuzz(NAME rlp SOURCES fuzz_rlp.c LINKS state/codec)
# LLVMFuzzerTestOneInput in SOURCES. The fuzz preset links libFuzzer; every other build links replay.c, which runs the corpus in
# tests/fuzz/corpus/NAME as a test.
function(mintmark_fuzz)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINKS;SYSTEM" ${ARGN})
  string(REPLACE "/" "-" links "${ARG_LINKS}")
  set(target fuzz-${ARG_NAME})
  if(MINTMARK_FUZZ)
    add_executable(${target} ${ARG_SOURCES})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${target} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
  endif()
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${links} mintmark_flags mintmark_test_warnings ${ARG_SYSTEM})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${ARG_NAME})
  if(MINTMARK_FUZZ)
    add_test(NAME ${target} COMMAND ${target} -runs=0 ${corpus})
  else()
    add_test(NAME ${target} COMMAND ${target} ${corpus})
  endif()
  set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT 120 FAIL_REGULAR_EXPRESSION "${MINTMARK_SANITIZER_REPORT}")
endfunction()
