#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Run by mkosi when all is installed: what packages have put under /etc and /var goes where the initrd takes it from on each boot.
set -e
factory=$BUILDROOT/usr/share/factory
rm -rf "$factory"
mkdir -p "$factory/var"
rm -f "$BUILDROOT"/etc/machine-id "$BUILDROOT"/etc/hostname.dpkg* "$BUILDROOT"/etc/*- "$BUILDROOT"/etc/.pwd.lock
rm -rf "$BUILDROOT"/etc/apt "$BUILDROOT"/etc/dpkg "$BUILDROOT"/etc/kernel "$BUILDROOT"/etc/cron.*
sed -i 's,^\(root:.*:\)[^:]*$,\1/usr/sbin/nologin,' "$BUILDROOT/etc/passwd"
cp -a "$BUILDROOT/etc" "$factory/etc"
for name in lib spool; do [ ! -d "$BUILDROOT/var/$name" ] || cp -a "$BUILDROOT/var/$name" "$factory/var/$name"; done
rm -rf "$factory"/var/lib/dpkg "$factory"/var/lib/apt "$factory"/var/lib/systemd/random-seed "$factory"/var/lib/systemd/catalog
