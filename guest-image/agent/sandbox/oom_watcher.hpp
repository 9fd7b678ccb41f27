// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <map>

#include "common/async/queue.hpp"
#include "common/base/strong_id.hpp"
#include "guest-image/oci_runtime/cgroup.hpp"

namespace redoubt::guest::sandbox {

/// Notices when the kernel kills in a container's cgroup for want of memory, and keeps the news until someone
/// asks. Thread: one strand.
class OomWatcher {
  public:
    static Result<OomWatcher> open(const asio::any_io_executor& executor);

    /// `cgroup` must outlive the watch.
    [[nodiscard]] Status add(const ContainerId& id, const oci_runtime::Cgroup& cgroup);
    void remove(const ContainerId& id);
    /// Looks at once: when a container ends, its last kill must be known before its end is.
    void look(const ContainerId& id);

    /// The next container that ran out of memory. Errors: cancelled.
    Task<ContainerId> next();
    /// Runs until cancelled.
    asio::awaitable<void> run();

  private:
    struct Watch {
        const oci_runtime::Cgroup* cgroup;
        std::uint64_t seen_kills = 0;
    };

    OomWatcher(const asio::any_io_executor& executor, UniqueFd inotify);

    asio::posix::stream_descriptor inotify_;
    Queue<ContainerId> events_;
    std::map<ContainerId, Watch> watches_;
};

} // namespace redoubt::guest::sandbox
