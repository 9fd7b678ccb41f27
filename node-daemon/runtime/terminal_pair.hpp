// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::runtime {

struct TerminalPair {
    UniqueFd master;
    UniqueFd slave;
};
/// A pseudo-terminal of that size; 0 by 0 leaves it as it is.
[[nodiscard]] Result<TerminalPair> open_terminal(oci::TerminalSize size);

/// A socket on which a runtime hands over the master of a container's terminal, as runc(8) has it.
/// Source: opencontainers/runc, docs/terminals.md.
class ConsoleSocket {
  public:
    /// Replaces what is at `path`. Errors: invalid_argument a path too long for a socket; by errno.
    [[nodiscard]] static Result<ConsoleSocket> listen(const std::filesystem::path& path);
    /// What has been handed over; does not wait. Errors: unavailable nothing has.
    [[nodiscard]] Result<UniqueFd> take() const;

  private:
    explicit ConsoleSocket(UniqueFd socket) : socket_(std::move(socket)) {}

    UniqueFd socket_;
};

} // namespace redoubt::node::runtime
