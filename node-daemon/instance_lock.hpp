// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node {

/// Keeps a second daemon away from the same state. Held until destroyed, or until the process ends however it
/// ends.
class InstanceLock {
  public:
    /// Errors: already_exists another daemon has it, with its pid; others by errno.
    static Result<InstanceLock> take(const std::filesystem::path& file);

  private:
    explicit InstanceLock(UniqueFd fd) : fd_(std::move(fd)) {}

    UniqueFd fd_;
};

} // namespace redoubt::node
