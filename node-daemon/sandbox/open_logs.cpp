// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>

#include "common/base/file.hpp"
#include "node-daemon/sandbox/log_format.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::size_t k_block_bytes = 64U << 10U;

/// Reads the rotated file, then the current one, then whatever is appended or begun while it follows.
class FileLogReader final : public LogReader {
  public:
    FileLogReader(asio::thread_pool& pool, std::shared_ptr<Container> container, LogOptions options)
        : pool_(pool), container_(std::move(container)), options_(options) {}

    /// Opens the older file, when there is one, else the current one; finds the last lines when only these
    /// are wanted.
    Task<void> begin() {
        file_number_ = current_number() - 1;
        if (!co_await open_next()) ++file_number_;
        if (!fd_) RDT_CO_CHECK(co_await open_next());
        if (options_.tail) co_return co_await skip_to_tail(*options_.tail);
        co_return Status{};
    }

    Task<std::optional<LogLine>> next() override {
        for (;;) {
            if (is_closed_) co_return std::nullopt;
            if (!ready_.empty()) {
                auto line = std::move(ready_.front());
                ready_.pop_front();
                co_return line;
            }
            const bool goes_on =
                options_.follow && is_active(*container_); // asked before the read: no line is missed
            RDT_CO_TRY(const bool more, co_await read_more());
            if (more) continue;
            if (!goes_on) co_return std::nullopt;
            if (!is_closed_ && ready_.empty()) co_await container_->log.changed().wait();
        }
    }

    void close() override {
        is_closed_ = true;
        container_->log.changed().pulse();
    }

  private:
    /// Files are counted as they are begun; the current one is the last.
    [[nodiscard]] std::int64_t current_number() const {
        return static_cast<std::int64_t>(container_->log.rotations());
    }

    /// Opens the file of file_number_; an error of not_found leaves none open.
    Task<void> open_next() {
        const auto& log = container_->log;
        const auto path = file_number_ < current_number() ? log.rotated_file() : log.file();
        auto opened = co_await offload(pool_, [path] { return open_file(path, O_RDONLY); });
        rest_.clear();
        if (opened) fd_ = std::move(*opened);
        // A container that has written nothing has no file.
        if (!opened && (opened.error().code != Code::not_found || file_number_ < current_number()))
            co_return std::unexpected(std::move(opened).error());
        co_return Status{};
    }

    /// Reads one block into ready_; false at the end of what is there.
    Task<bool> read_more() {
        if (!fd_) RDT_CO_CHECK(co_await open_next());
        if (!fd_) co_return false;
        RDT_CO_TRY(const auto block, co_await offload(pool_, [fd = fd_.get()] { return read_block(fd); }));
        if (!block.empty()) {
            take_lines(block);
            co_return true;
        }
        if (file_number_ >= current_number()) co_return false;
        file_number_ = std::max(file_number_ + 1, current_number() - 1);
        RDT_CO_CHECK(co_await open_next());
        co_return true;
    }

    static Result<std::string> read_block(int fd) {
        std::string block(k_block_bytes, '\0');
        for (;;) {
            const auto count = ::read(fd, block.data(), block.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return fail_errno(errno, "read log");
            block.resize(static_cast<std::size_t>(count));
            return block;
        }
    }

    void take_lines(std::string_view block) {
        rest_ += block;
        std::size_t begin = 0;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
            // A torn entry, of a daemon that was killed while it wrote, is passed over.
            auto line = parse_log_entry(std::string_view(rest_).substr(begin, end - begin));
            if (line && line->time >= options_.since) ready_.push_back(std::move(*line));
            begin = end + 1;
        }
        rest_.erase(0, begin);
    }

    Task<void> skip_to_tail(std::uint64_t wanted) {
        std::uint64_t full = 0; // lines in ready_ that have their end
        std::size_t counted = 0;
        for (;;) {
            RDT_CO_TRY(const bool more, co_await read_more());
            for (; counted < ready_.size(); ++counted) full += ready_[counted].is_partial ? 0U : 1U;
            const bool has_open_line = !ready_.empty() && ready_.back().is_partial;
            while (full + (has_open_line ? 1U : 0U) > wanted && full > 0) {
                if (!ready_.front().is_partial) --full;
                ready_.pop_front();
                --counted;
            }
            if (!more) break;
        }
        if (wanted == 0) ready_.clear();
        co_return Status{};
    }

    asio::thread_pool& pool_;
    std::shared_ptr<Container> container_;
    LogOptions options_;
    std::int64_t file_number_ = 0; ///< of the file being read
    UniqueFd fd_;
    std::string rest_; ///< the beginning of an entry
    std::deque<LogLine> ready_;
    bool is_closed_ = false;
};

} // namespace

Task<std::unique_ptr<LogReader>> open_logs(Node& node, std::string container, LogOptions options) {
    RDT_CO_TRY(auto found, find_container(node, container));
    auto reader = std::make_unique<FileLogReader>(node.pool, std::move(found), options);
    RDT_CO_CHECK(co_await reader->begin());
    co_return reader;
}

} // namespace redoubt::node::sandbox
