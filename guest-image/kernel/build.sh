#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Builds the guest kernel from Debian's linux-source and redoubt.config; the same inputs give the same bytes anywhere.
#   build.sh key             prints the key of the inputs: configuration, this script, source and compiler packages
#   build.sh source          prints the source package and its version
#   build.sh check CONFIG    fails and names the lines of redoubt.config that CONFIG does not hold
#   build.sh build OUT WORK  leaves vmlinuz, config and System.map in OUT; WORK is a scratch folder, its path does not matter
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fragment=$here/redoubt.config
readonly package=linux-source-7.3
readonly tarball=/usr/src/$package.tar.xz
jobs=${REDOUBT_JOBS:-$(nproc)}

die() { echo "guest kernel: $1" >&2; exit 1; }

source_version() { dpkg-query -W -f '${Package} ${Version}' "$package" 2>/dev/null || die "package $package is not installed"; }

key() {
    { cat "$fragment" "$here/build.sh"; source_version; echo; dpkg-query -W -f '${Package} ${Version}\n' gcc-14 binutils; } |
        sha256sum | cut -c1-16
}

# Kconfig drops what it does not know or cannot satisfy without a word, so every line is looked up in the result.
check_config() { # config
    local line name lost=()
    while read -r line; do
        case $line in
            CONFIG_*) grep -qxF -- "$line" "$1" || lost+=("$line") ;;
            "# CONFIG_"*" is not set") name=${line#\# }; grep -q "^${name%% *}=" "$1" && lost+=("$line") ;;
        esac
    done <"$fragment"
    ((${#lost[@]} == 0)) || die "redoubt.config has lines the kernel did not honour: $(printf '\n  %s' "${lost[@]}")"
}

# Built inside its own tree, so that every path the compiler sees is relative; time, user and host are constants.
kernel_make() {
    make -s -j"$jobs" ARCH=x86_64 CC="ccache gcc-14" HOSTCC="ccache gcc-14" KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' \
        KBUILD_BUILD_USER=redoubt KBUILD_BUILD_HOST=redoubt KBUILD_BUILD_VERSION=1 "$@"
}

build() { # out work
    local out work; out=$(realpath -m "$1") work=$(realpath -m "$2")
    [[ -e $tarball ]] || die "$tarball is missing: install $package"
    rm -rf "$work"; mkdir -p "$work" "$out"
    tar -xJf "$tarball" -C "$work" --strip-components=1
    cd "$work"
    # The compiler cache answers for any folder: nothing in an object depends on where it was built. Depend mode, because
    # running the preprocessor first costs a third of the build when the cache is cold.
    export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 LC_ALL=C TZ=UTC
    unset MAKEFLAGS KCONFIG_CONFIG
    kernel_make KCONFIG_ALLCONFIG="$fragment" allnoconfig >/dev/null
    kernel_make olddefconfig
    check_config .config
    kernel_make bzImage
    cp .config "$out/config"
    cp System.map "$out/System.map" # the kernel carries no symbol names; panics are read with this
    cp arch/x86/boot/bzImage "$out/vmlinuz"
    cd "$out"
    [[ -n ${REDOUBT_KEEP_WORK:-} ]] || rm -rf "$work"
}

case ${1:-} in
    key) key ;;
    source) source_version; echo ;;
    check) (($# == 2)) || die "usage: build.sh check CONFIG"; check_config "$2" ;;
    build) (($# == 3)) || die "usage: build.sh build OUT WORK"; build "$2" "$3" ;;
    *) die "usage: build.sh key | source | check CONFIG | build OUT WORK" ;;
esac
