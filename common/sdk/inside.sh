#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The verbs of sdk that run inside the build root. /src/redoubt is the repository, /cache the cache.
set -euo pipefail
cd /src/redoubt
logs=/cache/logs
started=$SECONDS
jobs=${REDOUBT_JOBS:-$(nproc)}
export CCACHE_DIR=/cache/ccache CCACHE_BASEDIR=/src/redoubt CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=8G CCACHE_SLOPPINESS=pch_defines,time_macros
build_root=${REDOUBT_BUILD:-/src/redoubt/build}

for part in /src/redoubt/common/sdk/inside/*.sh; do
    # shellcheck source=/dev/null
    source "$part"
done

verb=$1; shift
"verb_$verb" "$@"
