// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/exit_code.hpp"

namespace redoubt::ctl {
namespace {

bool is_about_executing(std::string_view message) {
    return message.starts_with("exec: ") || message.find(": exec: ") != std::string_view::npos;
}

} // namespace

int exit_code_of(const Error& error) {
    if (!is_about_executing(error.message)) return k_exit_failed;
    if (error.code == Code::not_found) return k_exit_not_found;
    if (error.code == Code::permission_denied) return k_exit_not_executable;
    return k_exit_failed;
}

} // namespace redoubt::ctl
