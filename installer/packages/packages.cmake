# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# What goes where on a node, and the Debian packages: redoubt-node, redoubt-guest, redoubt-cli,
# redoubt-kbs, redoubt-simtee, redoubt-console. Made by ./sdk package.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(sources ${CMAKE_SOURCE_DIR}/installer/packages)
set(units ${CMAKE_SOURCE_DIR}/host-image/units)
set(made ${CMAKE_BINARY_DIR}/packages)

# redoubt_man(node redoubtd.8): docs/man/redoubtd.8.md as a manual page of a package.
set(man_pages)
function(redoubt_man component page)
    string(REGEX MATCH "[0-9]$" section ${page})
    add_custom_command(OUTPUT ${made}/${page}.gz
        COMMAND Python3::Interpreter ${sources}/make_man.py ${CMAKE_SOURCE_DIR}/docs/man/${page}.md ${made}/${page}.gz
        DEPENDS ${sources}/make_man.py ${CMAKE_SOURCE_DIR}/docs/man/${page}.md VERBATIM)
    set(man_pages ${man_pages} ${made}/${page}.gz PARENT_SCOPE)
    install(FILES ${made}/${page}.gz DESTINATION share/man/man${section} COMPONENT ${component})
endfunction()

# ---- redoubt-node
install(TARGETS redoubtd redoubt-launcher RUNTIME DESTINATION sbin COMPONENT node)
install(TARGETS redoubt-monitor RUNTIME DESTINATION lib/redoubt COMPONENT node)
install(FILES ${units}/redoubtd.service ${units}/redoubtd.socket ${units}/redoubt-launcher.service ${units}/redoubt-launcher.socket
    DESTINATION lib/systemd/system COMPONENT node)
install(FILES ${units}/redoubt.sysusers DESTINATION lib/sysusers.d RENAME redoubt.conf COMPONENT node)
install(FILES ${units}/redoubt.tmpfiles DESTINATION lib/tmpfiles.d RENAME redoubt.conf COMPONENT node)
install(FILES ${units}/redoubt.catalog DESTINATION lib/systemd/catalog COMPONENT node)
install(FILES ${units}/org.redoubt.Node1.conf DESTINATION share/dbus-1/system.d COMPONENT node)
install(FILES ${units}/org.redoubt.Node1.service DESTINATION share/dbus-1/system-services COMPONENT node)
install(FILES ${units}/org.redoubt.node1.policy DESTINATION share/polkit-1/actions COMPONENT node)
install(FILES ${sources}/redoubtd.toml DESTINATION /etc/redoubt COMPONENT node)
install(FILES ${units}/levels.conf DESTINATION share/doc/redoubt-node/examples COMPONENT node)
redoubt_man(node redoubtd.8)
redoubt_man(node redoubt-launcher.8)
redoubt_man(node redoubtd.toml.5)

# ---- redoubt-cli
install(TARGETS redoubtctl RUNTIME DESTINATION bin COMPONENT cli)
redoubt_man(cli redoubtctl.1)
# The command line writes its own completions; one that cannot yet ships none.
foreach(shell bash:share/bash-completion/completions/redoubtctl zsh:share/zsh/vendor-completions/_redoubtctl
        fish:share/fish/vendor_completions.d/redoubtctl.fish)
    string(REPLACE ":" ";" shell ${shell})
    list(GET shell 0 name)
    list(GET shell 1 place)
    install(CODE "execute_process(COMMAND $<TARGET_FILE:redoubtctl> completion ${name}
        OUTPUT_VARIABLE words ERROR_QUIET RESULT_VARIABLE failed)
        if(NOT failed)
            file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${place}\" \"\${words}\")
        endif()" COMPONENT cli)
endforeach()

# ---- redoubt-guest
set(REDOUBT_GUEST_IMAGE ${CMAKE_SOURCE_DIR}/build/guest-image CACHE PATH "Folder of the built guest image")
install(FILES ${REDOUBT_GUEST_IMAGE}/vmlinuz ${REDOUBT_GUEST_IMAGE}/initramfs.cpio ${REDOUBT_GUEST_IMAGE}/initramfs-confidential.cpio
        ${REDOUBT_GUEST_IMAGE}/guest-manifest.json ${REDOUBT_GUEST_IMAGE}/OVMF.inteltdx.fd
    DESTINATION lib/redoubt/guest COMPONENT guest)

# ---- redoubt-kbs, of builds that have the trust services
set(components node guest cli)
if(TARGET redoubt-kbs)
    list(APPEND components kbs)
    install(TARGETS redoubt-kbs RUNTIME DESTINATION sbin COMPONENT kbs)
    install(FILES ${units}/redoubt-kbs.service ${units}/redoubt-kbs.socket DESTINATION lib/systemd/system COMPONENT kbs)
    install(FILES ${units}/redoubt-kbs.sysusers DESTINATION lib/sysusers.d RENAME redoubt-kbs.conf COMPONENT kbs)
    install(FILES ${units}/redoubt-kbs.tmpfiles DESTINATION lib/tmpfiles.d RENAME redoubt-kbs.conf COMPONENT kbs)
    install(FILES ${sources}/redoubt-kbs.toml DESTINATION /etc/redoubt-kbs COMPONENT kbs)
    redoubt_man(kbs redoubt-kbs.8)
    redoubt_man(kbs redoubt-kbs.toml.5)
endif()

# ---- redoubt-simtee: a package of its own, and never in another
if(TARGET redoubt-simtee)
    list(APPEND components simtee)
    install(TARGETS redoubt-simtee RUNTIME DESTINATION sbin COMPONENT simtee)
    install(FILES ${units}/redoubt-simtee.service DESTINATION lib/systemd/system COMPONENT simtee)
    install(FILES ${units}/redoubt-simtee.sysusers DESTINATION lib/sysusers.d RENAME redoubt-simtee.conf COMPONENT simtee)
    install(FILES ${units}/redoubt-simtee.tmpfiles DESTINATION lib/tmpfiles.d RENAME redoubt-simtee.conf COMPONENT simtee)
    install(FILES ${sources}/redoubt-simtee.toml DESTINATION /etc/redoubt-simtee COMPONENT simtee)
    redoubt_man(simtee redoubt-simtee.8)
endif()

# ---- redoubt-console, of builds that have the desktop
if(TARGET redoubt-console)
    list(APPEND components console)
    install(TARGETS redoubt-console RUNTIME DESTINATION bin COMPONENT console)
    install(FILES ${CMAKE_SOURCE_DIR}/gui/resources/redoubt-console.desktop DESTINATION share/applications COMPONENT console)
    install(FILES ${CMAKE_SOURCE_DIR}/gui/resources/redoubt-console.svg DESTINATION share/icons/hicolor/scalable/apps COMPONENT console)
    redoubt_man(console redoubt-console.1)
endif()

# ---- redoubt-host: what the host image has beside a node's packages, and no other machine wants
if(TARGET redoubt-status)
    list(APPEND components host)
    install(TARGETS redoubt-settings redoubt-status RUNTIME DESTINATION sbin COMPONENT host)
    install(FILES ${units}/redoubt-settings.service ${units}/redoubt-levels.service ${units}/redoubt-status.service ${units}/redoubt-volumes.service
        DESTINATION lib/systemd/system COMPONENT host)
    install(FILES ${units}/levels.conf DESTINATION lib/redoubt COMPONENT host)
    install(TARGETS redoubt-bind-state RUNTIME DESTINATION lib/redoubt COMPONENT host)
    install(PROGRAMS ${CMAKE_SOURCE_DIR}/host-image/volumes/open-volumes ${CMAKE_SOURCE_DIR}/host-image/volumes/check-header
        DESTINATION lib/redoubt COMPONENT host)
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/host-image/volumes/volumes.repart.d DESTINATION lib/redoubt COMPONENT host)
    install(FILES ${units}/redoubt-host.sysusers DESTINATION lib/sysusers.d RENAME redoubt-host.conf COMPONENT host)
    redoubt_man(host redoubt-settings.8)
    redoubt_man(host redoubt-status.8)
endif()

# ---- every package
add_custom_command(OUTPUT ${made}/changelog.gz
    COMMAND Python3::Interpreter ${sources}/make_changelog.py ${PROJECT_VERSION} ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${made}/changelog.gz
    DEPENDS ${sources}/make_changelog.py ${CMAKE_SOURCE_DIR}/CHANGELOG.md VERBATIM)
add_custom_target(package_documents ALL DEPENDS ${man_pages} ${made}/changelog.gz)
foreach(component IN LISTS components)
    install(FILES ${sources}/copyright ${made}/changelog.gz DESTINATION share/doc/redoubt-${component} COMPONENT ${component})
endforeach()

# Packages are made of what was built before: who wants some of them builds what is in these.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

# Folders and files have these modes whatever the builder's umask is.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Redoubt authors <redoubt@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PROJECT_CONFIG_FILE ${sources}/cpack_project.cmake)
set(CPACK_REDOUBT_PACKAGES_WORK ${made})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_NODE_PACKAGE_NAME redoubt-node)
set(CPACK_COMPONENT_NODE_DESCRIPTION "container runtime with a micro-VM for each container: node daemon
redoubtd runs containers, each in a virtual machine of its own: it pulls
images, turns their layers into verified disks, boots a small guest for each
container, connects it with networks and keeps its logs.
.
Containers go on while the daemon is restarted or upgraded.")
set(CPACK_DEBIAN_NODE_PACKAGE_DEPENDS "redoubt-guest (= ${PROJECT_VERSION}), systemd (>= 257), qemu-system-x86 (>= 1:10), erofs-utils (>= 1.8), e2fsprogs, containernetworking-plugins (>= 1.1), iptables")
set(CPACK_DEBIAN_NODE_PACKAGE_RECOMMENDS "redoubt-cli, polkitd, dbus, aardvark-dns, runsc, runc")
set(CPACK_DEBIAN_NODE_PACKAGE_CONTROL_EXTRA
    "${made}/conffiles;${sources}/node/postinst;${sources}/node/prerm;${sources}/node/postrm")
file(WRITE ${made}/conffiles "/etc/redoubt/redoubtd.toml\n")

set(CPACK_DEBIAN_GUEST_PACKAGE_NAME redoubt-guest)
set(CPACK_DEBIAN_GUEST_PACKAGE_SECTION kernel)
set(CPACK_COMPONENT_GUEST_DESCRIPTION "container runtime with a micro-VM for each container: guest
Kernel and initramfs that every micro-VM of redoubtd boots, those of confidential VMs, and a manifest of
their digests.")

set(CPACK_DEBIAN_CLI_PACKAGE_NAME redoubt-cli)
set(CPACK_COMPONENT_CLI_DESCRIPTION "container runtime with a micro-VM for each container: command line
redoubtctl runs, lists and stops containers, pulls images and tells what a
node is missing. Its verbs and flags are those of podman.")

set(CPACK_DEBIAN_KBS_PACKAGE_NAME redoubt-kbs)
set(CPACK_COMPONENT_KBS_DESCRIPTION "container runtime with a micro-VM for each container: key broker
redoubt-kbs releases secrets to guests that prove what they are by evidence
of AMD SEV-SNP, Intel TDX or a TPM. It speaks the key broker protocol of
Confidential Containers, and belongs on a machine that the workloads' owner
trusts, not on a node.")
set(CPACK_DEBIAN_KBS_PACKAGE_DEPENDS "systemd (>= 257)")
set(CPACK_DEBIAN_KBS_PACKAGE_CONTROL_EXTRA
    "${made}/kbs/conffiles;${sources}/kbs/postinst;${sources}/kbs/prerm;${sources}/kbs/postrm")
file(WRITE ${made}/kbs/conffiles "/etc/redoubt-kbs/redoubt-kbs.toml\n")

set(CPACK_DEBIAN_SIMTEE_PACKAGE_NAME redoubt-simtee)
set(CPACK_COMPONENT_SIMTEE_DESCRIPTION "container runtime with a micro-VM for each container: simulator of secure processors
redoubt-simtee measures running QEMU processes and signs evidence in the forms
of AMD SEV-SNP and Intel TDX, under certificates that it makes itself and that
say so. It protects nothing: it is for trying what needs such evidence on
machines without it, and refuses to run on those that have it.")
set(CPACK_DEBIAN_SIMTEE_PACKAGE_DEPENDS "systemd (>= 257)")
set(CPACK_DEBIAN_SIMTEE_PACKAGE_SUGGESTS "qemu-system-x86 (>= 1:10), ovmf-amdsev, ovmf-inteltdx")
set(CPACK_DEBIAN_SIMTEE_PACKAGE_CONTROL_EXTRA
    "${made}/simtee/conffiles;${sources}/simtee/postinst;${sources}/simtee/prerm;${sources}/simtee/postrm")
file(WRITE ${made}/simtee/conffiles "/etc/redoubt-simtee/redoubt-simtee.toml\n")

set(CPACK_DEBIAN_CONSOLE_PACKAGE_NAME redoubt-console)
set(CPACK_COMPONENT_CONSOLE_DESCRIPTION "container runtime with a micro-VM for each container: desktop
redoubt-console shows what a node does and changes it: containers and pods,
their logs and terminals, images, events, and what is known of confidential
guests. It needs no node on the machine it runs on.")

set(CPACK_DEBIAN_HOST_PACKAGE_NAME redoubt-host)
set(CPACK_COMPONENT_HOST_DESCRIPTION "container runtime with a micro-VM for each container: host image
What a machine that was installed from Redoubt's own image has beside a
node's packages: the page on its screen. Of no use on another machine.")
set(CPACK_DEBIAN_HOST_PACKAGE_DEPENDS "redoubt-node (= ${PROJECT_VERSION}), systemd (>= 257)")
include(CPack)
