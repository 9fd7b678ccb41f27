// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// The agent of ordinary VMs.

#include "guest-image/agent/agent_main.hpp"

int main(int argc, char** argv) {
    return redoubt::guest::run_agent(argc, argv, nullptr);
}
