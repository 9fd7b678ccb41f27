# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Language level, warnings, hardening and sanitizers for every target; libraries of one folder in one line.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(REDOUBT_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")
option(REDOUBT_WERROR "Warnings are errors" ON)
option(REDOUBT_STATIC "Link executables statically (the guest)" OFF)
option(REDOUBT_COVERAGE "Instrument for gcov" OFF)

find_package(Threads REQUIRED)

add_compile_options(-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wswitch-enum -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Coroutine frames trip these two in GCC 14 where nothing is wrong.
    add_compile_options(-Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-mismatched-new-delete)
endif()
if(REDOUBT_WERROR)
    add_compile_options(-Werror)
endif()
# One path for all builders, so that objects and error locations do not depend on where the tree lies.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION REDOUBT_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR})

if(REDOUBT_SANITIZE)
    add_compile_options(-fsanitize=${REDOUBT_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${REDOUBT_SANITIZE})
    if(REDOUBT_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fcf-protection=full -fstack-clash-protection)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
if(REDOUBT_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

include(RedoubtPrecompile)

# redoubt_library(common_base SOURCES error.cpp LIBS ...): one static library a folder, named after its path.
function(redoubt_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_library(redoubt_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(redoubt_${name} PUBLIC ${ARG_LIBS})
    redoubt_precompile(redoubt_${name} PUBLIC redoubt_common_headers)
endfunction()

# redoubt_program(redoubtctl SOURCES main.cpp LIBS ...)
function(redoubt_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS})
    if(REDOUBT_STATIC)
        target_link_options(${name} PRIVATE -static)
    endif()
endfunction()
