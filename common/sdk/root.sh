# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Sourced by sdk. The build root: made once per lock, entered in a mount and PID namespace of its own.
# shellcheck shell=bash

# The root changes when the lock or the way it is made changes, and only then.
root_key() { { cat "$lock_file"; declare -f root_install; } | sha256sum | cut -c1-16; }

root_make() {
    root="$cache/root-$(root_key)"
    [[ -e $root/.complete ]] && return
    exec 9>"$cache/root.lock"
    flock --nonblock 9 || { echo "[$(clock)] waiting for another sdk that makes the root" >&2; flock 9; }
    [[ -e $root/.complete ]] && { exec 9>&-; return; }
    need_host_tool mmdebstrap mmdebstrap
    [[ -e /usr/share/keyrings/debian-archive-keyring.gpg || -e /usr/share/keyrings/debian-archive-keyring.pgp ]] ||
        host_install debian-archive-keyring
    step "packages: fetch and check what the lock names" debs_open
    root="$cache/root-$(root_key)" # the lock may have followed the archive
    [[ -e $root/.complete ]] && { exec 9>&-; return; }
    step "root: install $(locked_packages | wc -l) packages" root_install
    exec 9>&-
}

debs_open() { apt_open; debs_fetch; unset APT_CONFIG; }

# A root that was not finished is thrown away, so nothing in it has to be on the disk before the end.
root_install() {
    rm -rf "$root.part" "$cache/repo.part"
    repo_write "$cache/repo.part"
    local names; names=$(locked_packages | cut -d' ' -f1 | grep -vxF "$(unpacked_packages)" | paste -sd,)
    quietly "$logs/root.log" setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        mmdebstrap --mode=root --variant=essential --include="$names" \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/lib/llvm-19/lib/libLLVM*.a' --dpkgopt='path-exclude=/usr/lib/llvm-19/lib/libclang[A-Z]*.a' \
        --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
        --skip=check/empty "" "$root.part" "deb [trusted=yes] copy:$cache/repo.part ./"
    local name
    for name in $(unpacked_packages); do dpkg-deb -x "$cache/repo.part/$name"_*.deb "$root.part"; done
    rm -rf "$cache/repo.part"
    mkdir -p "$root.part"/{src/redoubt,src/shared,cache,old}
    mkdir -p "$root.part/usr/local/sbin"; printf '#!/bin/sh\nexit 101\n' >"$root.part/usr/sbin/policy-rc.d"
    chmod 755 "$root.part/usr/sbin/policy-rc.d"
    touch "$root.part/.complete"
    rm -rf "$root"; mv "$root.part" "$root"
}

# Runs a command inside the root. Nothing it mounts or starts outlives it: the namespaces go with their last process,
# and the PID namespace's init is killed with us, whatever kills us.
root_run() {
    exec_in_root=(env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
        TERM="${TERM:-dumb}" REDOUBT_HOST_CACHE=/cache)
    local name
    for name in CI http_proxy https_proxy no_proxy REDOUBT_UPDATE_GOLDEN REDOUBT_JOBS REDOUBT_BUILD REDOUBT_TIER REDOUBT_PRESET REDOUBT_QUIET REDOUBT_NO_BUILD REDOUBT_NODE_EXTRA_CONFIG REDOUBT_IMAGE REDOUBT_IMAGE_KEYS REDOUBT_PACKAGES REDOUBT_BEGAN; do
        [[ -n ${!name:-} ]] && exec_in_root+=("$name=${!name}")
    done
    setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --uts \
        bash "$repo/common/sdk/enter.sh" "$root" "$cache" "$repo" "${exec_in_root[@]}" "$@"
}
