// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Tar archives on their way out of a container and into one. Thread: main strand. One call at a time.

#include <cstdint>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::node::sandbox {

class ArchiveSource {
  public:
    virtual ~ArchiveSource() = default;
    ArchiveSource(const ArchiveSource&) = delete;
    ArchiveSource& operator=(const ArchiveSource&) = delete;

    /// The next bytes; none at the end.
    virtual Task<std::string> read() = 0;
    /// Lets go of it before its end. To be called unless read() has come to the end or failed.
    virtual Task<void> close() = 0;

  protected:
    ArchiveSource() = default;
};

class ArchiveTarget {
  public:
    virtual ~ArchiveTarget() = default;
    ArchiveTarget(const ArchiveTarget&) = delete;
    ArchiveTarget& operator=(const ArchiveTarget&) = delete;

    virtual Task<void> write(std::string bytes) = 0;
    /// The archive is complete: the number of its entries. Errors: invalid_argument it is cut short.
    virtual Task<std::uint64_t> finish() = 0;
    /// Gives up. To be called unless finish() was.
    virtual Task<void> close() = 0;

  protected:
    ArchiveTarget() = default;
};

} // namespace redoubt::node::sandbox
