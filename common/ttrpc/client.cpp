// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/client.hpp"

#include <cstdint>
#include <map>
#include <vector>

#include "common/ttrpc/envelope.hpp"
#include "common/ttrpc/frame.hpp"
#include "common/ttrpc/outbox.hpp"

namespace redoubt::ttrpc {
namespace {

constexpr std::size_t k_read_bytes = 64UZ * 1024;
constexpr std::size_t k_outgoing_bytes = 8UZ * 1024 * 1024;
constexpr std::uint32_t k_last_id = 0xFFFF'FFF0;

/// A call that waits for its answer.
struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : answered(executor) {}
    AsyncEvent answered;
    std::optional<Result<std::string>> outcome;
};

} // namespace

class Client::State {
  public:
    State(const asio::any_io_executor& executor, std::unique_ptr<ByteStream> stream)
        : executor_(executor), stream_(std::move(stream)), outbox_(executor, k_outgoing_bytes),
          closing_(executor), closed_(executor) {}

    /// Moves bytes until the stream ends or end(). `self` keeps the state while it runs.
    static asio::awaitable<void> run(std::shared_ptr<State> self) {
        using namespace asio::experimental::awaitable_operators;
        co_await (self->read_all() || self->write_all() || self->closing_.wait());
        self->end("the connection has ended");
        self->fail_all();
        self->stream_.reset(); // the peer sees the end now, not when the last caller has gone
    }

    static Task<std::string> call(std::shared_ptr<State> self, RequestEnvelope request) {
        if (!self->is_open_) co_return std::unexpected(self->end_);
        const std::uint32_t id = self->next_id_;
        if (id > k_last_id) {
            self->end("the connection's stream ids are used up");
            co_return std::unexpected(self->end_);
        }
        RDT_CO_TRY(std::string frame,
                   encode_frame({.stream_id = id, .data = render_request(std::move(request))}));
        self->next_id_ += 2; // a client's streams are odd
        Waiter waiter(self->executor_);
        const Registration registration(self->waiters_, id, waiter);
        if (auto sent = co_await self->outbox_.send(std::move(frame)); !sent)
            co_return std::unexpected(self->is_open_ ? sent.error() : self->end_);
        if (!waiter.outcome) co_await waiter.answered.wait();
        if (!waiter.outcome) co_return fail(Code::cancelled, "call: cancelled");
        co_return *std::move(waiter.outcome);
    }

    void end(std::string why) {
        if (!std::exchange(is_open_, false)) return;
        end_ = Error{Code::unavailable, std::move(why)};
        closing_.set();
    }

    [[nodiscard]] bool is_open() const { return is_open_; }
    asio::awaitable<void> closed() { return closed_.wait(); }

  private:
    using Waiters = std::map<std::uint32_t, Waiter*>;

    /// An abandoned call leaves the table however it is left; its answer is then dropped.
    class Registration {
      public:
        Registration(Waiters& waiters, std::uint32_t id, Waiter& waiter) : waiters_(waiters), id_(id) {
            waiters_.emplace(id_, &waiter);
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        Registration(Registration&&) = delete;
        Registration& operator=(Registration&&) = delete;
        ~Registration() { waiters_.erase(id_); }

      private:
        Waiters& waiters_;
        std::uint32_t id_;
    };

    asio::awaitable<void> read_all() {
        std::vector<char> buffer(k_read_bytes);
        FrameDecoder decoder;
        while (is_open_) {
            const auto size = co_await stream_->read_some(buffer);
            if (!size) {
                end(size.error().message);
            } else if (*size == 0) {
                end("the peer has closed the connection");
            } else {
                for (FrameEvent& event : decoder.feed({buffer.data(), *size})) take(std::move(event));
            }
        }
    }

    asio::awaitable<void> write_all() {
        if (const auto written = co_await outbox_.write_to(*stream_); !written) end(written.error().message);
    }

    void take(FrameEvent event) {
        if (auto* frame = std::get_if<Frame>(&event)) {
            if (frame->type == FrameType::response) answer(frame->stream_id, parse_response(frame->data));
        } else {
            const auto& oversize = std::get<OversizeFrame>(event);
            answer(oversize.stream_id,
                   fail(Code::resource_exhausted, "answer of {} bytes is over the limit of {}",
                        oversize.length, k_data_limit));
        }
    }

    void answer(std::uint32_t id, Result<std::string> outcome) {
        const auto place = waiters_.find(id);
        if (place == waiters_.end() || place->second->outcome) return;
        place->second->outcome = std::move(outcome);
        place->second->answered.set();
    }

    void fail_all() {
        outbox_.close();
        for (const auto& [id, waiter] : waiters_) answer(id, std::unexpected(end_));
        closed_.set();
    }

    asio::any_io_executor executor_;
    std::unique_ptr<ByteStream> stream_;
    Outbox outbox_;
    AsyncEvent closing_;
    AsyncEvent closed_;
    Waiters waiters_;
    std::uint32_t next_id_ = 1;
    bool is_open_ = true;
    Error end_;
};

Client::Client(const asio::any_io_executor& executor, std::unique_ptr<ByteStream> stream)
    : state_(std::make_shared<State>(executor, std::move(stream))) {
    // Not in a TaskScope, whose owner would have to wait for its end: it keeps its own state, and close()
    // ends it.
    asio::co_spawn(executor, State::run(state_), [state = state_](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
}

Client::~Client() {
    close();
}

void Client::close() {
    state_->end("the client has closed the connection");
}

Task<std::string> Client::call(std::string service, std::string method, std::string payload,
                               std::optional<Duration> timeout) {
    const auto state = state_; // the client may be destroyed while we wait
    const std::string name = service + "." + method;
    auto answer = State::call(state, {.service = std::move(service),
                                      .method = std::move(method),
                                      .payload = std::move(payload),
                                      .timeout = timeout.value_or(Duration::zero()),
                                      .metadata = {}});
    if (!timeout) co_return co_await std::move(answer);
    co_return co_await within(*timeout, name, std::move(answer));
}

bool Client::is_open() const {
    return state_->is_open();
}

asio::awaitable<void> Client::closed() {
    const auto state = state_;
    co_await state->closed();
}

} // namespace redoubt::ttrpc
