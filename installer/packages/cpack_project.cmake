# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Run by cpack: adds the packages of the shared libraries that the programs are linked with. CPack's own way wants file(1).

cmake_policy(SET CMP0057 NEW) # if(... IN_LIST ...)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own, as its description's first line

function(add_library_packages component program)
    set(work ${CPACK_REDOUBT_PACKAGES_WORK}/shlibdeps-${component})
    file(WRITE ${work}/debian/control "Source: redoubt\n\nPackage: redoubt-${component}\nArchitecture: any\n")
    execute_process(COMMAND dpkg-shlibdeps -O -e${program} WORKING_DIRECTORY ${work}
        OUTPUT_VARIABLE words OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "^shlibs:Depends=" "" words "${words}")
    string(TOUPPER ${component} upper)
    set(depends ${words})
    if(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS)
        string(PREPEND depends "${CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS}, ")
    endif()
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS ${depends} PARENT_SCOPE)
endfunction()

add_library_packages(node ${CPACK_REDOUBT_PACKAGES_WORK}/../bin/redoubtd)
add_library_packages(cli ${CPACK_REDOUBT_PACKAGES_WORK}/../bin/redoubtctl)
foreach(program kbs:redoubt-kbs simtee:redoubt-simtee console:redoubt-console host:redoubt-status)
    string(REPLACE ":" ";" program ${program})
    list(GET program 0 component)
    list(GET program 1 name)
    if(component IN_LIST CPACK_COMPONENTS_ALL)
        add_library_packages(${component} ${CPACK_REDOUBT_PACKAGES_WORK}/../bin/${name})
    endif()
endforeach()
