# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Ordinary images, each in a micro-VM of its own. Sourced by demo.sh.
# shellcheck shell=bash disable=SC2154

for name in busybox python3 redis; do push "$images/$name" "$name"; done

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
