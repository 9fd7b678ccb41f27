# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Headers that are parsed once: half of the time of a build from nothing, and of clang-tidy's, went into parsing the same ones
# again. For the builds that test; in what ships (release, guest) each source proves that it includes what it needs.

option(REDOUBT_PRECOMPILE "Parse the headers that nearly every source includes once (clang)" OFF)

# redoubt_headers(NAME FLAG header...): headers precompiled for all targets that are compiled with the flag.
function(redoubt_headers name flag)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/headers/${name}.cpp)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    # What the headers instantiate is instantiated once as well: a fifth of a build's time.
    target_compile_options(${name} PRIVATE ${flag} -fpch-instantiate-templates)
    target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

if(REDOUBT_PRECOMPILE)
    # ccache tells one by its bytes, and all who use one must agree about threads.
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp" -pthread)
    set(common_headers ${CMAKE_SOURCE_DIR}/common/cmake/common_headers.hpp)
    redoubt_headers(redoubt_common_headers -fPIC ${common_headers})
    redoubt_headers(redoubt_test_headers -fPIE <gmock/gmock.h> <gtest/gtest.h> ${common_headers})
endif()

# redoubt_precompile(target PUBLIC|PRIVATE headers): nothing where headers are not precompiled. Who has Boost.Asio's headers refers to
# what our common/async has compiled of it, whether it uses it or not.
function(redoubt_precompile target scope headers)
    if(REDOUBT_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM ${headers})
        if(NOT target STREQUAL "redoubt_common_async")
            target_link_libraries(${target} ${scope} $<LINK_ONLY:redoubt_common_async>)
        endif()
    endif()
endfunction()
