// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/link_stream.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "common/ttrpc/serial_link.hpp"

namespace redoubt::ttrpc {
namespace {

constexpr std::size_t k_read_bytes = 64UZ * 1024;

} // namespace

/// The wire with its decoder, and which session is the current one.
class LinkListener::Wire {
  public:
    Wire(std::unique_ptr<ByteStream> stream, LinkDecoder decoder)
        : stream_(std::move(stream)), decoder_(decoder), buffer_(k_read_bytes) {}

    /// The next event from the wire.
    Task<LinkEvent> next() {
        while (events_.empty()) {
            RDT_CO_TRY(const std::size_t size, co_await stream_->read_some(buffer_));
            if (size == 0) co_return fail(Code::unavailable, "the serial link's stream has ended");
            for (LinkEvent& event : decoder_.feed({buffer_.data(), size}))
                events_.push_back(std::move(event));
        }
        LinkEvent event = std::move(events_.front());
        events_.pop_front();
        co_return event;
    }

    Task<void> write(std::string bytes) { return stream_->write(std::move(bytes)); }

    [[nodiscard]] bool has_events() const { return !events_.empty(); }
    [[nodiscard]] std::uint64_t session() const { return session_; }
    std::uint64_t begin_session() { return ++session_; }

  private:
    std::unique_ptr<ByteStream> stream_;
    LinkDecoder decoder_;
    std::vector<char> buffer_;
    std::deque<LinkEvent> events_;
    std::uint64_t session_ = 0;
};

namespace {

using Wire = LinkListener::Wire;

class LinkSession final : public ByteStream {
  public:
    explicit LinkSession(std::shared_ptr<Wire> wire)
        : wire_(std::move(wire)), number_(wire_->begin_session()) {}

    Task<std::size_t> read_some(std::span<char> into) override {
        while (arrived_.empty()) {
            if (!is_current()) co_return fail_ended();
            RDT_CO_TRY(LinkEvent event, co_await wire_->next());
            if (auto* ended = std::get_if<LinkEnded>(&event)) {
                end_ = std::move(ended->reason);
            } else if (auto* data = std::get_if<LinkData>(&event)) {
                arrived_ = std::move(data->bytes);
                taken_ = 0;
            }
        }
        const std::size_t size = std::min(into.size(), arrived_.size() - taken_);
        std::memcpy(into.data(), arrived_.data() + taken_, size);
        taken_ += size;
        if (taken_ == arrived_.size()) arrived_.clear();
        co_return size;
    }

    Task<void> write(std::string bytes) override {
        if (!is_current()) co_return fail_ended();
        co_return co_await wire_->write(render_link_data(bytes));
    }

  private:
    [[nodiscard]] bool is_current() const { return !end_ && wire_->session() == number_; }

    [[nodiscard]] std::unexpected<Error> fail_ended() const {
        if (end_) return std::unexpected(*end_);
        return fail(Code::unavailable, "a newer session has taken the serial link");
    }

    std::shared_ptr<Wire> wire_; ///< shared with the listener and later sessions
    std::uint64_t number_;
    std::string arrived_;
    std::size_t taken_ = 0;
    std::optional<Error> end_;
};

Result<LinkNonce> make_nonce() {
    LinkNonce nonce{};
    const ssize_t got = ::getrandom(nonce.data(), nonce.size(), 0); // whole: it is under 256 bytes
    if (got != static_cast<ssize_t>(nonce.size()))
        return fail_errno(errno, "random bytes for the serial link");
    return nonce;
}

} // namespace

Task<std::unique_ptr<ByteStream>> connect_link(std::unique_ptr<ByteStream> wire) {
    RDT_CO_TRY(const LinkNonce nonce, make_nonce());
    auto shared = std::make_shared<Wire>(std::move(wire), LinkDecoder::host(nonce));
    RDT_CO_CHECK(co_await shared->write(render_reset(nonce)));
    while (true) {
        RDT_CO_TRY(const LinkEvent event, co_await shared->next());
        if (std::holds_alternative<LinkStarted>(event))
            co_return std::make_unique<LinkSession>(std::move(shared));
    }
}

LinkListener::LinkListener(std::unique_ptr<ByteStream> wire)
    : wire_(std::make_shared<Wire>(std::move(wire), LinkDecoder::agent())) {}

LinkListener::~LinkListener() = default;

Task<std::unique_ptr<ByteStream>> LinkListener::accept() {
    auto wire = wire_;
    wire->begin_session(); // the one before is over, whatever happens next
    // A host that believes in a session this end has lost would otherwise wait for its answers.
    if (!wire->has_events()) RDT_CO_CHECK(co_await wire->write(render_lost()));
    while (true) {
        const auto event = co_await wire->next();
        if (!event && event.error().code == Code::aborted) continue; // a host came and went
        if (!event) co_return std::unexpected(event.error());
        const auto* started = std::get_if<LinkStarted>(&*event);
        if (started == nullptr) continue;
        RDT_CO_CHECK(co_await wire->write(render_reset_ack(started->nonce)));
        co_return std::make_unique<LinkSession>(std::move(wire));
    }
}

} // namespace redoubt::ttrpc
