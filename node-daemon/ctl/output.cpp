// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/output.hpp"

#include <unistd.h>

#include <tuple>

#include "common/base/file.hpp"

namespace redoubt::ctl {

Status print(std::string_view text) {
    return write_all(STDOUT_FILENO, text).transform_error(context("standard output"));
}

void print_error(std::string_view text) {
    std::ignore = write_all(STDERR_FILENO, text);
}

void print_error(const Error& error) {
    print_error("Error: " + error.message + "\n");
}

void print_warning(std::string_view message) {
    print_error("Warning: " + std::string(message) + "\n");
}

} // namespace redoubt::ctl
