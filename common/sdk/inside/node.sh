# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# node: a throw-away node for one command.
# shellcheck shell=bash

verb_node() {
    local preset=${REDOUBT_PRESET:-dev}
    [[ -x $build_root/$preset/bin/redoubtd && -e $build_root/guest-image/guest-manifest.json && -n ${REDOUBT_NO_BUILD:-} ]] || build_node "$preset"
    export PATH="$build_root/$preset/bin:$PATH"
    exec python3 common/sdk/throwaway_node.py --guest "$build_root/guest-image" -- "$@"
}
