#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# shellcheck over every shell script of the tree.
set -euo pipefail
mapfile -t scripts < <(grep -rlE '^#!/bin/(ba)?sh|shellcheck shell=' --include='*' sdk .ci common guest-image node-daemon tests 2>/dev/null | grep -v -e '/build/' -e '\.py$' -e '\.md$' -e lint/shell.sh)
# A script made of several files shares its variables among them: set -u guards those, not shellcheck.
shellcheck -x --severity=warning --exclude=SC2034,SC2154 "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts"
