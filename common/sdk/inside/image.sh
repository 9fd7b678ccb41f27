# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# image: what is installed on a machine. The packages' repository lies in /cache/image-repo, which sdk has filled by the image's lock.
# shellcheck shell=bash

image_out=$build_root/image
recipe=/src/redoubt/host-image/recipe
secure_boot=/src/redoubt/host-image/secure_boot

# The time that files of the image have: that of the newest change to what it is made of, which the changelog of the tree stands for.
image_epoch() { git -c safe.directory='*' -C /src/redoubt log -1 --format=%ct 2>/dev/null || echo 0; }

# Keys: REDOUBT_IMAGE_KEYS, a folder under the cache or the tree, or keys to try with, made once for this tree.
image_keys() {
    local keys=${REDOUBT_IMAGE_KEYS:-$build_root/image-keys}
    "$secure_boot/make_keys.sh" "$keys"
    echo "$keys"
}

# Our own packages are laid over the others': theirs need no scripts, and a change of them does not make the whole tree anew.
own_packages_tree() { # folder of our packages, folder
    local deb
    mkdir -p "$2"
    for deb in "$1"/redoubt-{node,guest,cli,host}_*.deb; do
        [[ -e $deb ]] || fail "no package $deb" "./sdk package makes them"
        dpkg-deb -x "$deb" "$2"
    done
    rm -rf "$2"/usr/share/{doc,man,bash-completion,zsh,fish}
    # Of a build with sanitizers: who looks for leaks at the end has to trace, which the image's kernel lets nobody.
    if grep -q __asan_init "$2/usr/sbin/redoubt-settings"; then
        mkdir -p "$2/usr/lib/systemd/system.conf.d"
        printf '[Manager]\nDefaultEnvironment=ASAN_OPTIONS=detect_leaks=0\n' >"$2/usr/lib/systemd/system.conf.d/sanitizers.conf"
    fi
}

listed_image_packages() { sed 's/#.*//' /src/redoubt/host-image/packages/{base,node}.list | tr -s ' \n' '\n' | grep .; }

build_image() { # folder of our packages
    local work=/cache/image-work keys epoch name version cached
    keys=$(image_keys) epoch=$(image_epoch)
    version=$(sed -nE 's/^project\(redoubt VERSION ([0-9.]+).*/\1/p' /src/redoubt/CMakeLists.txt)
    rm -rf "$work" "$image_out"; mkdir -p "$work" "$image_out"
    # Tens of thousands of files are written and deleted again: in memory where there is room.
    if (($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) > 8 << 20)); then mount -t tmpfs -o size=6g image-work "$work"; fi
    mkdir -p "$work"/{sandbox/etc/apt/{sources.list.d,apt.conf.d},packages,tmp}
    own_packages_tree "$1" "$work/own"
    printf 'Types: deb\nURIs: file:///cache/image-repo\nSuites: ./\nTrusted: yes\n' >"$work/sandbox/etc/apt/sources.list.d/mkosi.sources"
    echo 'Acquire::Languages "none";' >"$work/sandbox/etc/apt/apt.conf.d/redoubt"
    # What the locked packages give is kept for as long as the lock says the same.
    cached=/cache/image-cache-$(cat /cache/image-repo/.key)
    for name in /cache/image-cache-*; do [[ $name == "$cached" ]] || rm -rf "$name"; done
    mkdir -p "$cached"
    local packages=()
    for name in $(listed_image_packages); do packages+=(--package "$name"); done
    say "host image: build (log: logs/image.log in the cache folder)"
    SOURCE_DATE_EPOCH=$epoch mkosi --directory "$recipe" --force --output-directory "$image_out" --workspace-directory "$work/tmp" \
        --package-cache-dir "$work/packages" --incremental=yes --cache-directory "$cached" --extra-tree "$work/own" --local-mirror file:///cache/image-repo --repository-key-check=no --sandbox-tree "$work/sandbox" \
        --image-version "$version" --source-date-epoch "$epoch" --seed "$(cat "$keys/owner")" \
        --verity-key "$keys/verity.key" --verity-certificate "$keys/verity.crt" \
        --sign-expected-pcr-key "$keys/pcr.key" --sign-expected-pcr-certificate "$keys/pcr.crt" "${packages[@]}" build >"$logs/image.log" 2>&1 ||
        { tail -40 "$logs/image.log" >&2; fail "the host image did not build" "see logs/image.log in the cache folder"; }
    SOURCE_DATE_EPOCH=$epoch "$recipe/make_payload.py" "$image_out" "$keys" /src/redoubt/host-image/packages.lock "$1" "$version" >>"$logs/image.log" 2>&1 ||
        { tail -20 "$logs/image.log" >&2; fail "the payload could not be made" "see logs/image.log in the cache folder"; }
    ! mountpoint -q "$work" || umount "$work"
    rm -rf "$work"
    say "host image: $image_out"
}

# What the image is, file by file.
image_sums() { (cd "$image_out" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }

# The same tree and keys are to give the same bytes: of both times the sums are left, for a test.
build_image_twice() { # folder of our packages
    build_image "$1"
    image_sums >"$build_root/image-first.sums"
    build_image "$1"
    image_sums >"$build_root/image-second.sums"
}

# Neither the desktop nor the trust services are in the image: they are not built for it.
image_programs=(redoubtd redoubt-launcher redoubt-monitor redoubtctl redoubt-settings redoubt-status redoubt-install package_documents)

image_packages() { # folder
    compile release "${image_programs[@]}"
    CCACHE_BASEDIR="" compile guest redoubt-agent redoubt-agent-confidential
    guest_image
    pack release "$1" -D "CPACK_COMPONENTS_ALL=node;guest;cli;host" -D CPACK_DEBIAN_COMPRESSION_TYPE=zstd
}

# REDOUBT_PACKAGES: a folder of packages that are there already, such as those that ./sdk test has made.
verb_image() {
    local folder=${REDOUBT_PACKAGES:-$build_root/packages-image}
    [[ -n ${REDOUBT_PACKAGES:-} ]] || image_packages "$folder"
    build_image "$folder"
    (cd "$image_out" && ls -l --block-size=1M payload/* ./*.json ./*.txt)
}

build_iso() { # redoubt-install
    say "ISO"
    SOURCE_DATE_EPOCH=$(image_epoch) installer/iso/make_iso.py "$image_out" "$(image_keys)" "$1" "$build_root/redoubt.iso" ||
        fail "the ISO could not be made"
}

verb_iso() {
    [[ -e $image_out/payload/manifest.sig && -n ${REDOUBT_NO_BUILD:-} ]] || verb_image >/dev/null
    build_iso "$build_root/${REDOUBT_PRESET:-release}/bin/redoubt-install"
}

# boot: what was built, on a disk, in an emulated machine of its own.
verb_boot() {
    [[ -e $image_out/payload/manifest.sig && -n ${REDOUBT_NO_BUILD:-} ]] || verb_image >/dev/null
    exec python3 -B common/sdk/boot.py --payload "$image_out/payload" --keys "$(image_keys)" --installer "$build_root/${REDOUBT_PRESET:-release}/bin/redoubt-install" \
        --folder "$build_root/machine" "$@"
}
