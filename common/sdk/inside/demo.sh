# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# demo, bench, package. pack is also for the test of the packages.
# shellcheck shell=bash

verb_demo() {
    build_node release
    export REDOUBT_TIER=full
    exec common/sdk/trust_site.py --apart -- common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- common/sdk/demo.sh
}

verb_bench() {
    if [[ ${1:-} == policy ]]; then
        compile release redoubt-policy
        compile guest redoubt-policy
        exec tests/performance/policy --program "$build_root/release/bin/redoubt-policy" --map "$build_root/guest/bin/redoubt-policy.map" "${@:2}"
    fi
    if [[ ${1:-} == kbs ]]; then
        compile release redoubt-kbs kbs_load
        exec python3 tests/performance/kbs_load.py --broker "$build_root/release/bin/redoubt-kbs" --client "$build_root/release/bin/kbs_load" "${@:2}"
    fi
    if [[ ${1:-} == confidential ]]; then
        build_node release
        compile guest guest_rates
        exec common/sdk/trust_site.py -- common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- \
            tests/performance/confidential --program "$build_root/guest/bin/guest_rates" "${@:2}"
    fi
    local program=bench
    case ${1:-} in network | disk | density) program=$1; shift ;; esac
    build_node release
    # VMs that begin as clones are measured beside those that boot.
    export REDOUBT_NODE_EXTRA_CONFIG=$'[hypervisor]\ntemplates = 4'
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- "tests/performance/$program" "$@"
}

pack() { # preset folder [cpack option...]: the Debian packages of a built preset
    local preset=$1 folder=$2; shift 2
    say "packages of $preset"
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$build_root/$preset" && cpack -B "$folder" "$@" >"$logs/package.log" 2>&1) || { tail -20 "$logs/package.log" >&2; fail "cpack failed"; }
    rm -rf "$folder/_CPack_Packages"
}

# The Debian packages, into build/packages, and the medium made of them.
verb_package() {
    build_node release
    pack release "$build_root/packages"
    build_image "$build_root/packages"
    build_iso "$build_root/release/bin/redoubt-install"
    (cd "$build_root/packages" && for deb in *.deb; do echo "$deb  $(stat -c %s "$deb") bytes  $(dpkg-deb -f "$deb" Depends)"; done)
}
