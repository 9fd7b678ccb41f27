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
    changed_.pulse();
    co_return result;
}

Status ContainerLog::write(const std::string& entries) {
    if (!fd_) RDT_CHECK(open());
    if (bytes_ > 0 && bytes_ + entries.size() > max_bytes_) {
        if (std::rename(file_.c_str(), rotated_file().c_str()) != 0)
            return fail_errno(errno, "rotate {}", file_.native());
        RDT_CHECK(open());
    }
    RDT_CHECK(write_all(fd_.get(), entries).transform_error(context("{}", file_.native())));
    bytes_ += entries.size();
    return {};
}

Status ContainerLog::open() {
    RDT_TRY(fd_, open_file(file_, O_WRONLY | O_CREAT | O_APPEND, 0640));
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return fail_errno(errno, "stat {}", file_.native());
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    return {};
}

} // namespace redoubt::node::sandbox
