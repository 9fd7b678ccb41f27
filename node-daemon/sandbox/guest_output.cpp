// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/guest_output.hpp"

#include "common/log/log.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::uint32_t k_read_bytes = 32U << 10U;

/// Counts a reader out, also when its coroutine is cancelled.
class Reader {
  public:
    explicit Reader(OutputProgress& progress) : progress_(progress) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Reader(Reader&&) = delete;
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
        --progress_.open;
        progress_.changed.pulse();
    }

  private:
    OutputProgress& progress_;
};

Task<void> wait_for_change(std::shared_ptr<OutputProgress> progress) {
    co_await progress->changed.wait();
    co_return Status{};
}

} // namespace

asio::awaitable<void> read_output(std::shared_ptr<agent_client::AgentClient> agent, GuestProcess process,
                                  StreamPosition position, std::shared_ptr<OutputProgress> progress,
                                  OutputSink sink) {
    const Reader reader(*progress);
    for (;;) {
        const agent_client::ReadWindow window{.limit = k_read_bytes, .offset = position.offset};
        auto bytes = position.stream == OutputStream::standard_output
                         ? co_await agent->read_stdout(process.container, process.exec, window)
                         : co_await agent->read_stderr(process.container, process.exec, window);
        if (!bytes && bytes.error().code == Code::out_of_range && position.offset) {
            log::warning("output lost: " + bytes.error().message,
                         {{"CONTAINER_ID", process.container.str()}});
            position.offset.reset(); // the guest goes on with what it has
            continue;
        }
        if (!bytes || bytes->empty()) co_return;
        progress->bytes += bytes->size();
        if (position.offset) *position.offset += bytes->size();
        Output output{position.stream, std::move(*bytes)};
        co_await sink(std::move(output));
        progress->changed.pulse();
    }
}

asio::awaitable<void> drain_output(std::shared_ptr<OutputProgress> progress, Duration quiet) {
    while (progress->open > 0) {
        const auto before = progress->bytes;
        const auto changed = co_await within(quiet, "output", wait_for_change(progress));
        if (!changed && progress->bytes == before) co_return;
    }
}

} // namespace redoubt::node::sandbox
