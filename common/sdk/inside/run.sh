# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# run: any command, with the newest build on PATH.
# shellcheck shell=bash

verb_run() {
    export PATH="$build_root/dev/bin:$PATH"
    exec "$@"
}
