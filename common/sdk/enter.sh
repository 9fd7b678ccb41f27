#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# enter.sh ROOT CACHE REPO COMMAND...: as PID 1 of fresh mount and PID namespaces, makes ROOT the root (pivot_root, because
# runc needs / to be a mount point) with a throw-away upper layer, and runs COMMAND in it.
set -euo pipefail
root=$1 cache=$2 repo=$3; shift 3
new=$cache/mnt; mkdir -p "$new"
mount -t tmpfs -o size=16g,mode=755 redoubt-sdk "$new"
mkdir "$new"/{upper,work,root}
mount -t overlay -o "lowerdir=$root,upperdir=$new/upper,workdir=$new/work" redoubt-sdk "$new/root"
new=$new/root

mount --rbind /dev "$new/dev"
mount --rbind /sys "$new/sys"
mount -t proc proc "$new/proc"
mount -t tmpfs -o mode=1777 tmpfs "$new/tmp"
mount -t tmpfs -o mode=755 tmpfs "$new/run"
mkdir -p "$cache/var-tmp"
mount --bind "$cache/var-tmp" "$new/var/tmp"
mount --bind "$cache" "$new/cache"
mount --bind "$repo" "$new/src/redoubt"
if [[ -d $repo/../shared ]]; then mount --rbind "$(realpath "$repo/../shared")" "$new/src/shared"; fi
cp -L /etc/resolv.conf "$new/etc/resolv.conf" 2>/dev/null || true
# Where the way to the registries leads through a proxy with a CA of its own, the host knows that CA.
cp -L /etc/ssl/certs/ca-certificates.crt "$new/etc/ssl/certs/ca-certificates.crt" 2>/dev/null || true
echo redoubt-sdk >/proc/sys/kernel/hostname
echo "127.0.0.1 localhost redoubt-sdk" >"$new/etc/hosts"

cd "$new"
pivot_root . old
umount --lazy /old
cd /src/redoubt
# bash stays PID 1 and reaps what daemons leave. The command runs in the foreground: in the background it would ignore SIGINT.
trap : TERM INT HUP
status=0
"$@" || status=$?
exit "$status"
