// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/go_base64.hpp"

namespace redoubt::rego {
namespace {

constexpr std::string_view k_standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int value_of(char c, Base64Form form) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (form == Base64Form::standard ? '+' : '-')) return 62;
    if (c == (form == Base64Form::standard ? '/' : '_')) return 63;
    return -1;
}

std::unexpected<std::string> illegal(std::size_t at) {
    return std::unexpected("illegal base64 data at input byte " + std::to_string(at));
}

/// Takes four characters at a time.
class Decoder {
  public:
    Decoder(std::string_view text, Base64Form form) : text_(text), form_(form) {}

    std::expected<std::string, std::string> run() {
        while (!done_) {
            if (auto fault = quantum(); fault != k_none) return illegal(fault);
        }
        return std::move(out_);
    }

  private:
    static constexpr std::size_t k_none = std::string_view::npos;

    void skip_breaks() {
        while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    }

    std::size_t quantum() {
        std::uint32_t bits = 0;
        std::size_t have = 0;
        while (have < 4) {
            skip_breaks();
            if (at_ >= text_.size()) {
                done_ = true;
                return have == 0 ? k_none : at_ - have;
            }
            const int value = value_of(text_[at_], form_);
            ++at_;
            if (value < 0) return text_[at_ - 1] == '=' ? padding(bits, have) : at_ - 1;
            bits = (bits << 6U) | static_cast<std::uint32_t>(value);
            ++have;
        }
        emit(bits, 3);
        return k_none;
    }

    /// After the first "=".
    std::size_t padding(std::uint32_t bits, std::size_t have) {
        done_ = true;
        if (have < 2) return at_ - 1;
        if (have == 2) {
            skip_breaks();
            if (at_ >= text_.size()) return text_.size();
            if (text_[at_] != '=') return at_ - 1;
            ++at_;
        }
        skip_breaks();
        emit(bits << (6U * (4U - have)), have - 1);
        return at_ < text_.size() ? at_ : k_none;
    }

    void emit(std::uint32_t bits, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) out_ += static_cast<char>((bits >> (16U - (8U * i))) & 0xFFU);
    }

    std::string_view text_;
    Base64Form form_;
    std::size_t at_ = 0;
    bool done_ = false;
    std::string out_;
};

} // namespace

std::expected<std::string, std::string> decode_base64(std::string_view text, Base64Form form) {
    return Decoder(text, form).run();
}

std::expected<std::string, std::string> decode_base64url(std::string_view text) {
    std::string padded(text);
    if (!text.ends_with('=')) {
        if (text.size() % 4 == 1) return std::unexpected("illegal base64url string: " + padded);
        padded.append((4 - (text.size() % 4)) % 4, '=');
    }
    return decode_base64(padded, Base64Form::url);
}

std::string encode_base64(std::string_view bytes, Base64Form form, bool padded) {
    const std::string_view alphabet = form == Base64Form::standard ? k_standard : k_url;
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = (bits << 8U) | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i <= count; ++i) out += alphabet[(bits >> (18U - (6U * i))) & 0x3FU];
        if (padded) out.append(3 - count, '=');
    }
    return out;
}

} // namespace redoubt::rego
