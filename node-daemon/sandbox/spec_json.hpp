// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The JSON the store keeps: versioned, so that an older file is still understood. Format:
/// docs/formats/state-database.md.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/launch/container_config.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

[[nodiscard]] std::string render_spec(const ContainerSpec& spec);
/// Errors: invalid_argument naming the member; failed_precondition a version of the future.
[[nodiscard]] Result<ContainerSpec> parse_spec(std::string_view text);

/// What a running sandbox is, for inspect and exec after a restart of the daemon.
struct SandboxFacts {
    SandboxInfo info;
    launch::ImageConfig image;
    bool is_paused = false; ///< or about to be
};
[[nodiscard]] std::string render_facts(const SandboxFacts& facts);
/// Errors: as parse_spec.
[[nodiscard]] Result<SandboxFacts> parse_facts(std::string_view text);

[[nodiscard]] std::string render_strings(const std::vector<std::string>& strings);
[[nodiscard]] Result<std::vector<std::string>> parse_strings(std::string_view text);

} // namespace redoubt::node::sandbox
