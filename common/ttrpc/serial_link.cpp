// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/serial_link.hpp"

#include <algorithm>
#include <utility>

namespace redoubt::ttrpc {
namespace {

constexpr char k_flag = 0x7E;
constexpr char k_escape = 0x7D;
constexpr char k_escape_mask = 0x20; // as HDLC-like framing does it (RFC 1662, 4.2)

constexpr char k_kind_reset = 0x01;
constexpr char k_kind_reset_ack = 0x02;
constexpr char k_kind_lost = 0x03;

// How many bytes in front need no escape.
std::size_t plain_length(std::string_view bytes) {
    const auto* special =
        std::ranges::find_if(bytes, [](char byte) { return byte == k_flag || byte == k_escape; });
    return static_cast<std::size_t>(special - bytes.begin());
}

std::string render_control(char kind, std::string_view body) {
    std::string out{k_flag, kind};
    out += render_link_data(body);
    return out;
}

void append_data(std::string_view bytes, std::vector<LinkEvent>& out) {
    if (bytes.empty()) return;
    if (out.empty() || !std::holds_alternative<LinkData>(out.back())) out.emplace_back(LinkData{});
    std::get<LinkData>(out.back()).bytes += bytes;
}

} // namespace

std::string render_link_data(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 64);
    while (!bytes.empty()) {
        const std::size_t plain = plain_length(bytes);
        out += bytes.substr(0, plain);
        bytes.remove_prefix(plain);
        if (bytes.empty()) break;
        out += k_escape;
        out += static_cast<char>(bytes.front() ^ k_escape_mask);
        bytes.remove_prefix(1);
    }
    return out;
}

std::string render_reset(const LinkNonce& nonce) {
    return render_control(k_kind_reset, {nonce.data(), nonce.size()});
}

std::string render_reset_ack(const LinkNonce& nonce) {
    return render_control(k_kind_reset_ack, {nonce.data(), nonce.size()});
}

std::string render_lost() {
    return render_control(k_kind_lost, {});
}

std::vector<LinkEvent> LinkDecoder::feed(std::string_view bytes) {
    std::vector<LinkEvent> out;
    while (!bytes.empty()) {
        std::size_t used = 1;
        const char byte = bytes.front();
        if (byte == k_flag) {
            take_flag(out);
        } else if (state_ == State::outside) {
            used = std::min(bytes.find(k_flag), bytes.size());
        } else if (state_ == State::kind) {
            take_kind(byte);
        } else if (std::exchange(is_escaped_, false)) {
            take_escaped(byte, out);
        } else if (byte == k_escape) {
            is_escaped_ = true;
        } else if (state_ == State::nonce) {
            take_nonce(byte, out);
        } else {
            used = take_plain(bytes, out);
        }
        bytes.remove_prefix(used);
    }
    return out;
}

std::size_t LinkDecoder::take_plain(std::string_view bytes, std::vector<LinkEvent>& out) {
    const std::size_t used = plain_length(bytes);
    append_data(bytes.substr(0, used), out);
    return used;
}

// A flag ends whatever was under way, even a control message that its sender did not live to finish.
void LinkDecoder::take_flag(std::vector<LinkEvent>& out) {
    end_session("the other end has started anew", out);
    state_ = State::kind;
    is_escaped_ = false;
}

void LinkDecoder::take_kind(char byte) {
    const char wanted = role_ == Role::agent ? k_kind_reset : k_kind_reset_ack;
    state_ = byte == wanted ? State::nonce : State::outside;
    nonce_bytes_ = 0;
}

void LinkDecoder::take_nonce(char byte, std::vector<LinkEvent>& out) {
    nonce_.at(nonce_bytes_++) = byte;
    if (nonce_bytes_ < nonce_.size()) return;
    if (role_ == Role::host && nonce_ != expected_) { // the answer to an earlier host
        state_ = State::outside;
        return;
    }
    state_ = State::session;
    in_session_ = true;
    out.emplace_back(LinkStarted{nonce_});
}

void LinkDecoder::take_escaped(char byte, std::vector<LinkEvent>& out) {
    const char plain = static_cast<char>(byte ^ k_escape_mask);
    if (plain != k_flag && plain != k_escape) {
        end_session("broken escape on the serial link", out);
        state_ = State::outside;
    } else if (state_ == State::nonce) {
        take_nonce(plain, out);
    } else {
        append_data({&plain, 1}, out);
    }
}

void LinkDecoder::end_session(std::string_view why, std::vector<LinkEvent>& out) {
    if (!std::exchange(in_session_, false)) return;
    out.emplace_back(LinkEnded{Error{Code::unavailable, std::string(why)}});
}

} // namespace redoubt::ttrpc
