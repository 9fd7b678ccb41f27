// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <CLI/CLI.hpp>

#include <set>
#include <string>
#include <vector>

namespace redoubt::ctl {

/// A command line, parted where the container's own words begin.
struct PartedWords {
    std::vector<std::string> ours;
    std::vector<std::string> containers; ///< from the first word that is no flag of a verb in `passing`
};

/// Parts the words of a command line of `app`. For verbs in `passing` (run, exec) whatever stands behind the
/// first word that is no flag belongs to the container, also when it looks like a flag of ours. "--" ends our
/// flags, too. An empty value, "--entrypoint=", becomes a word of its own, as CLI11 takes it for a missing
/// one.
[[nodiscard]] PartedWords part_words(const CLI::App& app, const std::set<const CLI::App*>& passing,
                                     std::vector<std::string> words);

} // namespace redoubt::ctl
