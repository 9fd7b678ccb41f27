// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/async/async_mutex.hpp"
#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/sandbox/log_lengths.hpp"
#include "node-daemon/sandbox/process_session.hpp"

namespace redoubt::node::sandbox {

/// A container's log file, as its writer sees it. When the file outgrows its limit it becomes `<file>.1`,
/// replacing the one before, and a new one begins. Format: docs/formats/container-log.md. Thread: main
/// strand; files are written on the pool.
class ContainerLog {
  public:
    ContainerLog(const asio::any_io_executor& executor, asio::thread_pool& pool, std::filesystem::path file,
                 std::uint64_t max_bytes);

    /// Appends what a process wrote, stamped with the time of the call. Calls are put in order.
    /// Errors: by errno; the bytes are lost then, later calls try again.
    Task<void> append(OutputStream stream, std::string bytes);
    /// How many bytes of a stream have been appended ever, by earlier daemons, too. Errors: by errno;
    /// data_loss when it cannot be known.
    Task<std::uint64_t> length_of(OutputStream stream);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    /// Where the log goes when it is rotated.
    [[nodiscard]] std::filesystem::path rotated_file() const { return file_.native() + ".1"; }
    /// The file that is to be the next one, while the log is being rotated.
    [[nodiscard]] std::filesystem::path next_file() const { return file_.native() + ".next"; }
    /// How often the file has been rotated since this object was made.
    [[nodiscard]] std::uint64_t rotations() const { return rotations_; }
    /// Pulsed after each append: followers look again. Also by whoever ends the container.
    [[nodiscard]] AsyncEvent& changed() { return changed_; }

  private:
    Status write(const std::string& entries);
    Status rotate();
    Status open(const std::filesystem::path& path);
    Status recover();

    asio::thread_pool& pool_;
    std::filesystem::path file_;
    std::uint64_t max_bytes_;
    AsyncMutex order_;
    AsyncEvent changed_;
    UniqueFd fd_;             ///< touched by the pool, by one append at a time
    std::uint64_t bytes_ = 0; ///< of the file; as fd_
    LogLengths start_;        ///< before the file's first entry; as fd_
    LogLengths lengths_;      ///< as fd_
    bool is_recovered_ = false;
    std::uint64_t rotations_ = 0;
};

} // namespace redoubt::node::sandbox
