// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/ctl/invocation.hpp"

namespace redoubt::ctl {

/// Text the user asked for with --help.
struct HelpText {
    std::string text;
};

/// Reads the words behind the program's name.
/// Errors: invalid_argument one line that names the flag and where help is.
[[nodiscard]] Result<std::variant<Invocation, HelpText>> parse_command_line(std::vector<std::string> words);

} // namespace redoubt::ctl
