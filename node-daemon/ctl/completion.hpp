// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace redoubt::ctl {

/// What the node can tell while a word is completed; empty when it does not answer.
struct NamesOnNode {
    std::function<std::vector<std::string>()> containers;
    std::function<std::vector<std::string>()> images;
};

/// What may stand in place of the last of `words`: verbs, flags, containers or images. None: files, or what
/// nobody can know.
[[nodiscard]] std::vector<std::string> complete_words(const std::vector<std::string>& words,
                                                      const NamesOnNode& node);

/// The script for "bash", "zsh" or "fish".
[[nodiscard]] std::string completion_script(const std::string& shell);

} // namespace redoubt::ctl
