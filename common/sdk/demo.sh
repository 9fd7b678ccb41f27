#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# The demo, run against a throw-away node: real images, from a real registry, each in a micro-VM of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
registry=127.0.0.1:$port

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
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
registry_pid=$!
stop_registry() { # a killed process's status must not become ours
    kill "$registry_pid" 2>/dev/null || true
    wait "$registry_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap stop_registry EXIT
for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null && break; sleep 0.1; done
for name in busybox python3 redis; do
    skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$images/$name:latest" "docker://$registry/$name:latest"
    echo "pushed $registry/$name:latest"
done

title "The node"
show redoubtctl node info
show redoubtctl node check || true

title "Pull: each layer becomes one EROFS + dm-verity disk, shared by all VMs"
for name in busybox python3 redis; do show redoubtctl image pull --tls-verify=false "$registry/$name:latest"; done
show redoubtctl image ls

title "Run: another kernel than the host's"
show redoubtctl run --rm "$registry/busybox" uname -a
guest=$(redoubtctl run --rm "$registry/busybox" uname -r)
echo "guest kernel $guest, host kernel $(uname -r)"
prove "the container runs its own kernel ($guest, not $(uname -r))" test "$guest" != "$(uname -r)"
show redoubtctl run --rm "$registry/python3" python3 -c 'import platform; print("python", platform.python_version(), "in a micro-VM")'

title "A service: redis, its VM's process and memory"
show redoubtctl run -d --name cache "$registry/redis"
for _ in {1..100}; do [[ $(redoubtctl exec cache redis-cli ping 2>/dev/null) == PONG ]] && break; sleep 0.1; done
show redoubtctl exec cache redis-cli set fortress redoubt
value=$(redoubtctl exec cache redis-cli get fortress)
prove "exec reaches the service inside the VM (fortress = $value)" test "$value" = redoubt
show redoubtctl ps
vmm=$(redoubtctl inspect cache | jq '(if type == "array" then .[0] else . end).sandbox.vmm_pid')
echo "one VM is one process: $(tr '\0' ' ' <"/proc/$vmm/cmdline" | cut -c1-100)..."
awk '/^(Rss|Pss|Private_Dirty|Shared_Clean):/ { print "  " $1, $2, $3 }' "/proc/$vmm/smaps_rollup"
prove "one VM is one QEMU process (pid $vmm)" grep -qa qemu "/proc/$vmm/cmdline"

title "The limits of a container are those of its VM and cgroup"
echo "a Python that takes 300 MiB in a container of 64 MiB:"
code=0; redoubtctl run --rm --memory 64m "$registry/python3" python3 -c 'bytearray(300 << 20)' || code=$?
prove "a container over its memory limit ends with 137" test "$code" = 137

title "Stop clean"
show redoubtctl stop cache
show redoubtctl rm cache
prove "no container is left" test -z "$(redoubtctl ps -aq)"
prove "its VM is gone" test ! -d "/proc/$vmm"

# shellcheck source=common/sdk/demo/confidential.sh
source common/sdk/demo/confidential.sh

title "Proved"
printf '  - %s\n' "${proofs[@]}"
echo "The secure processor was redoubt-simtee: true evidence of what really booted, and no protection. No machine with SEV-SNP or TDX was at hand."
