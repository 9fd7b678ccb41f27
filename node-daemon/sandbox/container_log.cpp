// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "common/base/file.hpp"
#include "node-daemon/sandbox/log_format.hpp"

namespace redoubt::node::sandbox {

ContainerLog::ContainerLog(const asio::any_io_executor& executor, asio::thread_pool& pool,
                           std::filesystem::path file, std::uint64_t max_bytes)
    : pool_(pool), file_(std::move(file)), max_bytes_(max_bytes), order_(executor), changed_(executor) {}

Task<void> ContainerLog::append(OutputStream stream, std::string bytes) {
    const auto turn = co_await order_.lock();
    const auto entries = render_log_entries(unix_now(), stream, bytes);
    const bool rotates = bytes_ > 0 && bytes_ + entries.size() > max_bytes_;
    auto result = co_await offload(pool_, [this, &entries] { return write(entries); });
    if (rotates && result) ++rotations_;
    lengths_.of(stream) += bytes.size(); // even when they are lost: the reader has taken them
    changed_.pulse();
    co_return result;
}

Task<std::uint64_t> ContainerLog::length_of(OutputStream stream) {
    const auto turn = co_await order_.lock();
    RDT_CO_CHECK(co_await offload(pool_, [this] { return recover(); }));
    co_return lengths_.of(stream);
}

Status ContainerLog::write(const std::string& entries) {
    RDT_CHECK(recover());
    if (!fd_) RDT_CHECK(open(file_));
    if (bytes_ > 0 && bytes_ + entries.size() > max_bytes_) RDT_CHECK(rotate());
    RDT_CHECK(write_all(fd_.get(), entries).transform_error(context("{}", file_.native())));
    bytes_ += entries.size();
    return {};
}

/// In an order that recover() can finish wherever a crash stops it.
Status ContainerLog::rotate() {
    struct stat old_status{};
    struct stat new_status{};
    if (::fstat(fd_.get(), &old_status) != 0) return fail_errno(errno, "stat {}", file_.native());
    RDT_CHECK(open(next_file()));
    if (::fstat(fd_.get(), &new_status) != 0) return fail_errno(errno, "stat {}", next_file().native());
    RDT_CHECK(write_log_starts(file_, {old_status.st_ino, start_}, {new_status.st_ino, lengths_}));
    if (std::rename(file_.c_str(), rotated_file().c_str()) != 0)
        return fail_errno(errno, "rotate {}", file_.native());
    start_ = lengths_;
    if (std::rename(next_file().c_str(), file_.c_str()) != 0)
        return fail_errno(errno, "rotate {}", file_.native());
    return {};
}

Status ContainerLog::open(const std::filesystem::path& path) {
    RDT_TRY(fd_, open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0640));
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return fail_errno(errno, "stat {}", path.native());
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    return {};
}

/// Once: where an earlier daemon stopped.
Status ContainerLog::recover() {
    if (is_recovered_) return {};
    std::error_code error;
    if (!std::filesystem::exists(file_, error) && std::filesystem::exists(next_file(), error))
        std::filesystem::rename(next_file(), file_, error); // a rotation stopped half-way
    else
        std::filesystem::remove(next_file(), error);
    RDT_TRY(const auto extent, recover_log_extent(file_));
    start_ = extent.start;
    lengths_ = extent.end;
    is_recovered_ = true;
    return {};
}

} // namespace redoubt::node::sandbox
