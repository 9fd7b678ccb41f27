// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>

#include "common/base/error.hpp"
#include "node-daemon/access/access.hpp"
#include "node-daemon/config.hpp"

namespace redoubt::node {

/// Where a node that is reached from outside has its fingerprint, for whoever may look there: it is public,
/// and what a screen shows (redoubt-status(8)). Gone when the daemon has ended.
[[nodiscard]] std::filesystem::path fingerprint_file(const Config& config);

/// Where the first pairing code is, for the members of the group redoubt-screen; only where there is that
/// group.
[[nodiscard]] std::filesystem::path pairing_file(const Config& config);

/// Who the node is and who may manage it, from the state folder; made at the first start. A node whose
/// identity its key broker has (broker.tls_identity) has none yet, and none in that folder. Blocks. Errors:
/// those of load_or_make_identity() and AccessStore::open().
[[nodiscard]] Result<std::unique_ptr<access::Access>> open_access(const Config& config);

/// Before the node is reached from outside: administrators of the configured file, and, where there is none,
/// a pairing code, which goes to the log. Writes the files of both. Blocks.
/// Errors: those of Access::add_from_file(); errno's.
Status admit_administrators(access::Access& access, const Config& config);

} // namespace redoubt::node
