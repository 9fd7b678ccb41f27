// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::access {

/// The key of the state's recovery slot, which the initrd leaves within the state until somebody has it.
/// Format: the line that systemd-cryptenroll(1) --recovery-key prints. Blocks for the disk. Thread: one at a
/// time.
class RecoveryKey {
  public:
    /// `marker` is made when the key has gone, for whoever reminds people of it (redoubt-status(8)).
    RecoveryKey(std::filesystem::path file, std::filesystem::path marker)
        : file_(std::move(file)), marker_(std::move(marker)) {}

    /// Errors: not_found nobody has to fetch one; data_loss the file has no key; errno's.
    [[nodiscard]] Result<std::string> read() const;
    /// Forgets it, if `sha256` ("sha256:" and hexadecimal digits) is of this key: then the caller has it.
    /// Errors: as of read(); invalid_argument it is of another.
    Status forget(std::string_view sha256);

  private:
    std::filesystem::path file_;
    std::filesystem::path marker_;
};

} // namespace redoubt::node::access
