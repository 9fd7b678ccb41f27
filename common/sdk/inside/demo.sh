# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# demo, bench, package.
# shellcheck shell=bash

verb_demo() {
    build_node release
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- common/sdk/demo.sh
}

verb_bench() {
    if [[ ${1:-} == policy ]]; then
        compile release redoubt-policy
        compile guest redoubt-policy
        exec tests/performance/policy --program "$build_root/release/bin/redoubt-policy" --map "$build_root/guest/bin/redoubt-policy.map" "${@:2}"
    fi
    local program=bench
    case ${1:-} in network | disk) program=$1; shift ;; esac
    build_node release
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- "tests/performance/$program" "$@"
}

# The Debian packages, into build/packages.
verb_package() {
    build_node release
    say "package"
    mkdir -p "$build_root/packages"
    (cd "$build_root/release" && cpack -B "$build_root/packages" >"$logs/package.log" 2>&1) || { tail -20 "$logs/package.log" >&2; fail "cpack failed"; }
    rm -rf "$build_root/packages/_CPack_Packages"
    (cd "$build_root/packages" && for deb in *.deb; do echo "$deb  $(stat -c %s "$deb") bytes  $(dpkg-deb -f "$deb" Depends)"; done)
}
