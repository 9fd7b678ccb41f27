# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The guest: its kernel, cached by what it is made of, and the image a node boots (kernel, initramfs, manifest).
# shellcheck shell=bash

guest_kernel_build=/src/redoubt/guest-image/kernel/build.sh

# Prints the folder that holds vmlinuz, config and System.map of the kernel the tree describes; builds it when the cache has none.
guest_kernel() {
    local key folder
    key=$("$guest_kernel_build" key) || return
    folder=/cache/kernel-$key
    if [[ ! -e $folder/vmlinuz ]]; then
        say "guest kernel: build (some minutes; log: logs/kernel.log in the cache folder)"
        # One at a time: a second caller waits for the lock and then finds the first one's result.
        flock "/cache/kernel.lock" bash "${BASH_SOURCE[0]}" "$guest_kernel_build" "$folder" ||
            fail "the guest kernel did not build" "see logs/kernel.log in the cache folder"
        say "guest kernel: built"
    fi
    echo "$folder"
}

# The folder appears whole or not at all; what an interrupted build has compiled is in the compiler cache.
guest_kernel_into() { # build-script folder
    local part=$2.part work=/var/tmp/kernel-work
    [[ -e $2/vmlinuz ]] && return
    rm -rf "$part" "$work"; mkdir -p "$part" "$work" /cache/logs
    # 90,000 files are written and deleted again: in memory where there is room. The mount goes with the namespace.
    if (($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) > 8 << 20)); then mount -t tmpfs -o size=6g kernel-work "$work"; fi
    if ! REDOUBT_KEEP_WORK=1 "$1" build "$part" "$work/tree" >/cache/logs/kernel.log 2>&1; then
        tail -25 /cache/logs/kernel.log >&2
        rm -rf "$part" "$work"
        return 1
    fi
    umount "$work" 2>/dev/null || true
    rm -rf "$work"
    cp /cache/logs/kernel.log "$part/build.log"
    mv "$part" "$2"
}

# Puts vmlinuz, the two initramfs, the firmware of TDX guests and guest-manifest.json beside each other, from the static agents of the preset 'guest'.
guest_image() {
    local out=$build_root/guest-image kernel version
    kernel=$(guest_kernel)
    version=$(sed -nE 's/^project\(redoubt VERSION ([0-9.]+).*/\1/p' /src/redoubt/CMakeLists.txt)
    say "guest image: $out"
    mkdir -p "$out"
    install -m 644 "$kernel/vmlinuz" "$out/vmlinuz"
    local kind
    for kind in "" -confidential; do
        local agent=$build_root/guest/bin/redoubt-agent$kind archive=$out/initramfs$kind.cpio
        [[ -e $agent ]] || fail "no agent at $agent" "build it with the preset 'guest'"
        /src/redoubt/guest-image/rootfs/make_initramfs.py "$agent" "$archive"
    done
    /src/redoubt/host-image/firmware/tdx/enroll_kernel.py /usr/share/ovmf/OVMF.inteltdx.ms.fd "$out/vmlinuz" "$out/OVMF.inteltdx.fd" >/dev/null
    /src/redoubt/guest-image/rootfs/make_manifest.py "$out" --config "$kernel/config" \
        --source "$("$guest_kernel_build" source)" --agent "$version"
}

# Run, not sourced: the child of guest_kernel that holds the lock.
[[ ${BASH_SOURCE[0]} != "$0" ]] || { set -euo pipefail; guest_kernel_into "$@"; }
