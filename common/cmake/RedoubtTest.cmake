# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# redoubt_test(common_base SOURCES error_test.cpp LIBS redoubt_common_base): one GoogleTest program a folder.
# redoubt_fuzz(fuzz_ttrpc_frame LIBS ...): a libFuzzer target; outside the fuzz preset it runs its corpus as a plain test.

option(REDOUBT_FUZZ "Build fuzz targets with libFuzzer (clang)" OFF)

if(REDOUBT_TESTS OR NOT DEFINED REDOUBT_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
endif()

# The environment every test runs in; REDOUBT_SHARED is where conformance data lies, when it is there.
set(REDOUBT_TEST_ENVIRONMENT
    "ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:detect_stack_use_after_return=1"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.supp"
    "REDOUBT_SOURCE=${CMAKE_SOURCE_DIR}"
    "REDOUBT_BUILD_DIR=${CMAKE_BINARY_DIR}"
    "REDOUBT_SHARED=${CMAKE_SOURCE_DIR}/../shared")

function(redoubt_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    add_executable(${name}_test ${ARG_SOURCES})
    target_link_libraries(${name}_test PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main)
    redoubt_precompile(${name}_test PRIVATE redoubt_test_headers)
    # One ctest entry a program keeps ctest's listing short and starts each program once.
    add_test(NAME unit.${name} COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${REDOUBT_TEST_ENVIRONMENT}")
endfunction()

set(REDOUBT_FUZZ_SECONDS 1800 CACHE STRING "how long libFuzzer tries each target in the fuzz preset")
if(REDOUBT_FUZZ)
    add_custom_target(fuzzers)
endif()

function(redoubt_fuzz name)
    cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cpp)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS})
    set(limit 120)
    if(REDOUBT_FUZZ)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        math(EXPR limit "${REDOUBT_FUZZ_SECONDS} + 120")
        add_test(NAME fuzz.${name} COMMAND ${name} -max_total_time=${REDOUBT_FUZZ_SECONDS} -timeout=10 -print_final_stats=1 ${CMAKE_BINARY_DIR}/${name}.found ${corpus})
        add_dependencies(fuzzers ${name})
        file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${name}.found)
    else()
        target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus_driver.cpp)
        add_test(NAME fuzz.${name} COMMAND ${name} ${corpus})
    endif()
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT ${limit} ENVIRONMENT "${REDOUBT_TEST_ENVIRONMENT}")
endfunction()
