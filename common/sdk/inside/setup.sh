# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# setup: what the other verbs need beside the root itself.
# shellcheck shell=bash

verb_setup() { guest_kernel >/dev/null; }
