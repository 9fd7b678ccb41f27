# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The guest: its kernel, cached by what it is made of, and the image a node boots (kernel, initramfs, manifest).
# shellcheck shell=bash

guest_kernel_build=/src/redoubt/guest-image/kernel/build.sh

# Prints the folder that holds vmlinuz and config of the kernel the tree describes, and builds it when the cache has none.
guest_kernel() {
    local key folder begin=$SECONDS
    key=$("$guest_kernel_build" key)
    folder=/cache/kernel-$key
    if [[ ! -e $folder/vmlinuz ]]; then
        mkdir -p "$logs"
        echo "[$(guest_clock)] guest kernel: build (about five minutes on two cores; log: $logs/kernel.log)" >&2
        # One at a time: a second caller waits here and then finds the first one's result.
        (
            flock 9
            [[ -e $folder/vmlinuz ]] || guest_kernel_into "$folder"
        ) 9>"/cache/kernel-$key.lock" || return 1
        echo "[$(guest_clock)] guest kernel: done in $((SECONDS - begin)) s" >&2
    fi
    echo "$folder"
}

guest_clock() { printf '%d:%02d' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

# The folder appears whole or not at all; what an interrupted build compiled is in the compiler cache.
guest_kernel_into() { # folder
    local part=$1.part
    rm -rf "$part"; mkdir -p "$part"
    if ! "$guest_kernel_build" build "$part" "/var/tmp/kernel-work-$$" >"$part/build.log" 2>&1; then
        cp "$part/build.log" "$logs/kernel.log"
        rm -rf "/var/tmp/kernel-work-$$"
        tail -25 "$part/build.log" >&2
        echo "sdk: the guest kernel did not build" >&2
        echo "  remedy: the whole log is $logs/kernel.log" >&2
        return 1
    fi
    mv "$part" "$1"
}

# Puts vmlinuz, initramfs.zst and guest-manifest.json beside each other. AGENT is the static redoubt-agent.
guest_image() { # agent [folder]
    local agent=$1 out=${2:-$build_root/guest-image} kernel version
    kernel=$(guest_kernel) || return 1
    [[ -e $agent ]] || { echo "sdk: no agent at $agent" >&2; echo "  remedy: build the preset 'guest' first" >&2; return 1; }
    version=$(sed -nE 's/^project\(redoubt VERSION ([0-9.]+).*/\1/p' /src/redoubt/CMakeLists.txt)
    mkdir -p "$out"
    echo "[$(guest_clock)] guest image: $out" >&2
    cp "$kernel/vmlinuz" "$out/vmlinuz"
    /src/redoubt/guest-image/rootfs/make_initramfs.py "$agent" "$out/initramfs.zst" || return 1
    /src/redoubt/guest-image/rootfs/make_manifest.py "$out" --config "$kernel/config" \
        --source "$("$guest_kernel_build" source)" --agent "$version"
}
