// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/detach_keys.hpp"

namespace redoubt::ctl {
namespace {

Result<char> parse_key(std::string_view key) {
    constexpr std::string_view k_control = "ctrl-";
    if (key.size() == 1) return key.front();
    if (key.starts_with(k_control) && key.size() == k_control.size() + 1) {
        const char letter = key.back();
        if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 1);
        if (letter >= '@' && letter <= '_') return static_cast<char>(letter - '@');
    }
    return fail(Code::invalid_argument, "detach keys: '{}' is neither a letter nor ctrl- and a letter", key);
}

} // namespace

Result<DetachKeys> DetachKeys::parse(std::string_view text) {
    DetachKeys keys;
    while (!text.empty()) {
        const auto comma = text.find(',');
        RDT_TRY(const char key, parse_key(text.substr(0, comma)));
        keys.sequence_ += key;
        text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    }
    return keys;
}

DetachKeys::Step DetachKeys::feed(std::string_view typed) {
    Step step;
    if (sequence_.empty()) return {std::string(typed)};
    for (const char key : typed) {
        if (key != sequence_[matched_] && matched_ > 0) {
            step.forward += sequence_.substr(0, matched_);
            matched_ = 0;
        }
        if (key != sequence_[matched_]) {
            step.forward += key;
        } else if (++matched_ == sequence_.size()) {
            step.is_detached = true;
            return step;
        }
    }
    return step;
}

} // namespace redoubt::ctl
