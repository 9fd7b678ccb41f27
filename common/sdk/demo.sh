#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The demo, run against a throw-away node beside a trust site that is apart (trust_site.py --apart): real images, from a real registry, each in a micro-VM of
# its own; then an encrypted one, whose keys come to an attested guest alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
registry=${REDOUBT_KBS_ADDRESS%:*}:$port # beside the broker

title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
prove() { # what condition...
    local what=$1; shift
    "$@" || { echo "demo: NOT proved: $what" >&2; exit 1; }
    proofs+=("$what")
}
proofs=()

title "A registry with images made from Debian packages"
images=$(tests/images/build.py)
printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "%s"}\n' "$work/registry" "$registry" >"$work/registry.yml"
nsenter --net="$REDOUBT_TRUST_NETWORK" docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
registry_pid=$!
stop_registry() { # a killed process's status must not become ours
    kill "$registry_pid" 2>/dev/null || true
    wait "$registry_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap stop_registry EXIT
for _ in {1..100}; do (: </dev/tcp/"${registry%:*}"/"$port") 2>/dev/null && break; sleep 0.1; done
push() { # layout name
    skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$1:latest" "docker://$registry/$2:latest"
    echo "pushed $registry/$2:latest"
}

title "The node"
show redoubtctl node info
show redoubtctl node check || true

# What it shows has tests of its own, which the quick tier has run.
# shellcheck source=common/sdk/demo/ordinary.sh
[[ ${REDOUBT_TIER:-quick} == quick ]] || source common/sdk/demo/ordinary.sh
# shellcheck source=common/sdk/demo/confidential.sh
source common/sdk/demo/confidential.sh

title "Proved"
printf '  - %s\n' "${proofs[@]}"
echo "The secure processor was redoubt-simtee: true evidence of what really booted, and no protection. No machine with SEV-SNP or TDX was at hand."
