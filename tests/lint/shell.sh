#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# shellcheck over every shell script of the tree.
set -euo pipefail
mapfile -t scripts < <(grep -rlE '^#!/bin/(ba)?sh|shellcheck shell=' --include='*' sdk .ci common guest-image node-daemon tests 2>/dev/null | grep -v -e '/build/' -e '\.py$' -e '\.md$' -e lint/shell.sh)
shellcheck -x --severity=warning "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts"
