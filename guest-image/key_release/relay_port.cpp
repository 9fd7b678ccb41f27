// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/relay_port.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace redoubt::guest::key_release {
namespace {

/// A frame of so much is taken by the port as a whole or not at all, so that a write that is given up never
/// leaves half of one. Source: Linux drivers/char/virtio_console.c, port_fops_write: 32 KiB a call.
constexpr std::size_t k_piece = 16384;

} // namespace

/// One connection: DATA frames of its number.
class RelayPort::Stream final : public ttrpc::ByteStream {
  public:
    Stream(RelayPort& relay, std::uint16_t number) : relay_(relay), number_(number) {}

    Task<std::size_t> read_some(std::span<char> into) override {
        while (have_.empty()) {
            RDT_CO_CHECK(check_current());
            RDT_CO_TRY(auto frame, co_await relay_.next_frame(number_));
            if (!frame) continue;
            if (frame->type == relay::FrameType::close) {
                relay_.is_open_ = relay_.needs_close_ = false;
                if (frame->payload.empty()) co_return 0;
                co_return fail(Code::unavailable, "relay: {}", frame->payload);
            }
            if (frame->type == relay::FrameType::data) have_ = std::move(frame->payload);
        }
        const auto size = std::min(into.size(), have_.size());
        std::memcpy(into.data(), have_.data(), size);
        have_.erase(0, size);
        co_return size;
    }

    Task<void> write(std::string bytes) override {
        for (std::size_t at = 0; at < bytes.size(); at += k_piece) {
            RDT_CO_CHECK(check_current());
            RDT_CO_CHECK(co_await relay_.port_->write(
                relay::encode_data(number_, std::string_view(bytes).substr(at, k_piece))));
        }
        co_return Status{};
    }

  private:
    [[nodiscard]] Status check_current() const {
        if (relay_.stream_ == number_ && relay_.is_open_) return {};
        return fail(Code::unavailable, "relay: the connection has been closed");
    }

    RelayPort& relay_;
    std::uint16_t number_;
    std::string have_;
};

Task<std::unique_ptr<ttrpc::ByteStream>> RelayPort::connect() {
    if (broken_) co_return std::unexpected(*broken_);
    std::string words;
    is_open_ = false;
    if (std::exchange(needs_close_, false)) words = relay::encode_close(stream_);
    stream_ = stream_ == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(stream_ + 1);
    const auto mine = stream_;
    words += relay::encode({.type = relay::FrameType::open, .stream = mine, .payload = {}});
    needs_close_ = true; // also of one that is given up before the daemon has answered
    RDT_CO_CHECK(co_await port_->write(std::move(words)));
    while (true) {
        RDT_CO_TRY(const auto frame, co_await next_frame(mine));
        if (!frame) continue;
        if (frame->type == relay::FrameType::close) {
            needs_close_ = false;
            co_return fail(Code::unavailable, "relay: {}",
                           frame->payload.empty() ? "not connected" : frame->payload);
        }
        if (frame->type != relay::FrameType::opened)
            co_return fail(Code::unavailable, "relay: data before there is a connection");
        is_open_ = true;
        co_return std::make_unique<Stream>(*this, mine);
    }
}

/// The next frame of that connection; nothing: look again. What is left of others falls away.
Task<std::optional<relay::Frame>> RelayPort::next_frame(std::uint16_t stream) {
    while (!frames_.empty()) {
        auto frame = std::move(frames_.front());
        frames_.erase(frames_.begin());
        if (frame.stream == stream) co_return frame;
    }
    RDT_CO_CHECK(co_await feed());
    co_return std::nullopt;
}

Task<void> RelayPort::feed() {
    if (broken_) co_return std::unexpected(*broken_);
    std::array<char, 16384> buffer{};
    auto size = co_await port_->read_some(buffer);
    if (!size && size.error().code == Code::cancelled) co_return std::unexpected(size.error());
    if (!size || *size == 0) {
        // The host's end was replaced: what comes next begins a frame.
        is_open_ = needs_close_ = false;
        reader_ = relay::FrameReader();
        frames_.clear();
        co_return fail(Code::unavailable, "relay: {}", size ? "the port has ended" : size.error().message);
    }
    auto frames = reader_.feed({buffer.data(), *size});
    if (!frames) {
        broken_ = Error{Code::unavailable, "relay: given up: " + frames.error().message};
        is_open_ = false;
        co_return std::unexpected(*broken_);
    }
    for (auto& frame : *frames) frames_.push_back(std::move(frame));
    co_return Status{};
}

} // namespace redoubt::guest::key_release
