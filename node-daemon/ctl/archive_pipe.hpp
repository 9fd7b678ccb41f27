// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Turns what one call hands out into what another one takes: an archive on its way from one container to
/// another. The producer runs on a thread of its own, some pieces ahead.
class ArchivePipe {
  public:
    using Sink = std::function<Status(std::string_view)>;
    using Producer = std::function<Status(const Sink&)>;

    explicit ArchivePipe(Producer producer);
    /// Stops the producer at its next piece, and waits for it.
    ~ArchivePipe();
    ArchivePipe(const ArchivePipe&) = delete;
    ArchivePipe& operator=(const ArchivePipe&) = delete;

    /// The next bytes; none at the end. Errors: the producer's.
    Result<std::string> read();

  private:
    Status push(std::string_view bytes);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> pieces_;
    bool is_done_ = false;      ///< the producer has returned
    bool is_abandoned_ = false; ///< nobody reads any more
    Status outcome_;
    std::thread thread_; ///< the last member: it uses the others
};

} // namespace redoubt::ctl
