# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# redoubt_proto(NAME [GRPC] PROTOS file...): a library of generated code. Paths are relative to common/contracts/proto.
# Generated headers are included as "agent.pb.h"; our warnings do not apply to them.

if(REDOUBT_STATIC)
    set(Protobuf_USE_STATIC_LIBS ON)
endif()
find_package(Protobuf REQUIRED)

function(redoubt_proto name)
    cmake_parse_arguments(ARG "GRPC" "" "PROTOS" ${ARGN})
    set(root ${CMAKE_SOURCE_DIR}/common/contracts/proto)
    set(out ${CMAKE_BINARY_DIR}/proto/${name})
    file(MAKE_DIRECTORY ${out})
    set(generated)
    foreach(proto IN LISTS ARG_PROTOS)
        string(REGEX REPLACE "\\.proto$" "" stem ${proto})
        set(files ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
        set(plugin)
        if(ARG_GRPC)
            list(APPEND files ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
            set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin)
        endif()
        add_custom_command(
            OUTPUT ${files}
            COMMAND protobuf::protoc --proto_path=${root} --cpp_out=${out} ${plugin} ${root}/${proto}
            DEPENDS ${root}/${proto} VERBATIM)
        list(APPEND generated ${files})
    endforeach()
    add_library(redoubt_proto_${name} STATIC ${generated})
    target_include_directories(redoubt_proto_${name} SYSTEM PUBLIC ${out})
    target_compile_options(redoubt_proto_${name} PRIVATE -w)
    if(ARG_GRPC)
        find_package(PkgConfig REQUIRED)
        pkg_check_modules(GRPCPP REQUIRED IMPORTED_TARGET grpc++)
        target_link_libraries(redoubt_proto_${name} PUBLIC protobuf::libprotobuf PkgConfig::GRPCPP)
    else()
        target_link_libraries(redoubt_proto_${name} PUBLIC protobuf::libprotobuf-lite)
    endif()
endfunction()
