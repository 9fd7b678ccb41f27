# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# demo, bench, package.
# shellcheck shell=bash

verb_demo() {
    build_node release
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- common/sdk/demo.sh
}

verb_bench() {
    build_node release
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- tests/performance/bench "$@"
}

verb_package() { fail "package is not implemented yet"; }
