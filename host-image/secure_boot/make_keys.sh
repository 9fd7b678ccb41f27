#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# make_keys.sh FOLDER: keys to try an image with, where FOLDER has none yet. Who ships images brings keys of a folder of the same shape:
#   PK KEK db   .key .crt   Secure Boot: who owns the machine, who may change what boots, what boots (the boot loader and the kernel)
#   pcr         .key .crt   who says which measurements of a kernel open the state
#   verity      .key .crt   whose signature /usr has
#   manifest    .key .pub   whose signature a payload has: Ed25519
set -e
umask 077
mkdir -p "$1"; cd "$1"
for name in PK KEK db pcr verity; do
    [ -s "$name.crt" ] || openssl req -new -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 -subj "/CN=Redoubt test $name/" \
        -keyout "$name.key" -out "$name.crt" 2>/dev/null
done
[ -s manifest.pub ] || { openssl genpkey -quiet -algorithm ed25519 -out manifest.key; openssl pkey -in manifest.key -pubout -out manifest.pub; }
# Who the owner is in the firmware's lists: any name does, the same for the same certificate.
[ -s owner ] || openssl x509 -in PK.crt -noout -fingerprint -sha256 | tr -d ':' | sed -E 's/.*=(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/' | tr A-F a-f >owner
