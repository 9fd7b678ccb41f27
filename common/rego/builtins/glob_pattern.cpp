// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/glob_pattern.hpp"

#include "common/rego/builtins/regex_cache.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

constexpr std::string_view k_special = "*?\\[]{}";

class Translator {
  public:
    Translator(std::string_view glob, std::string_view separators)
        : glob_(glob), any_(separators.empty() ? "." : "[^" + RE2::QuoteMeta(piece_of(separators)) + "]") {}

    std::expected<std::string, std::string> run() {
        while (at_ < glob_.size()) {
            const char c = glob_[at_];
            if (c == '[') {
                if (auto fault = set(); !fault.empty()) return std::unexpected(std::move(fault));
            } else if (c == '*') {
                stars();
            } else {
                step(c);
            }
        }
        for (; depth_ > 0; --depth_) out_ += ')';
        return "(?s)\\A(?:" + out_ + ")\\z";
    }

  private:
    void stars() {
        const std::size_t end = std::min(glob_.find_first_not_of('*', at_), glob_.size());
        out_ += (end - at_ > 1 ? std::string(".") : any_) + "*";
        at_ = end;
    }

    void step(char c) {
        if (c == '?') {
            out_ += any_;
        } else if (c == '{') {
            out_ += "(?:";
            ++depth_;
        } else if (c == '}' && depth_ > 0) {
            out_ += ')';
            --depth_;
        } else if (c == ',' && depth_ > 0) {
            out_ += '|';
        } else {
            if (c == '\\') ++at_;
            if (at_ < glob_.size()) literal();
            return;
        }
        ++at_;
    }

    void literal() {
        const std::size_t size = decode_utf8(glob_, at_).size;
        out_ += RE2::QuoteMeta(piece_of(glob_.substr(at_, size)));
        at_ += size;
    }

    std::string_view next_rune() {
        const std::string_view rune = glob_.substr(at_, decode_utf8(glob_, at_).size);
        at_ += rune.size();
        return rune;
    }

    /// [abc], [a-c], with ! after the bracket for all others. Gives what is wrong, or nothing.
    std::string set() {
        ++at_;
        const bool others = at_ < glob_.size() && glob_[at_] == '!';
        if (others) ++at_;
        if (at_ >= glob_.size()) return "unexpected end of input";
        std::string inside;
        const std::size_t first = decode_utf8(glob_, at_).size;
        if (at_ + first < glob_.size() && glob_[at_ + first] == '-') {
            const std::string_view low = next_rune();
            ++at_;
            if (at_ >= glob_.size()) return "unexpected end of input";
            const std::string_view high = next_rune();
            if (at_ >= glob_.size()) return "unexpected end of input";
            if (glob_[at_] != ']') return "expected close range character";
            if (high < low) {
                return "hi character '" + std::string(high) + "' should be greater than lo '" +
                       std::string(low) + "'";
            }
            inside = RE2::QuoteMeta(piece_of(low)) + "-" + RE2::QuoteMeta(piece_of(high));
        } else {
            while (at_ < glob_.size() && glob_[at_] != ']') {
                if (glob_[at_] == '\\') ++at_;
                if (at_ >= glob_.size()) break;
                inside += RE2::QuoteMeta(piece_of(next_rune()));
            }
            if (at_ >= glob_.size()) return "unexpected end of input";
            if (inside.empty()) return "could not parse range";
        }
        ++at_;
        out_ += (others ? "[^" : "[") + inside + "]";
        return {};
    }

    std::string_view glob_;
    std::string any_;
    std::string out_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

std::expected<std::string, std::string> glob_to_regex(std::string_view glob, std::string_view separators) {
    return Translator(glob, separators).run();
}

std::string quote_glob(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (k_special.contains(c)) out += '\\';
        out += c;
    }
    return out;
}

} // namespace redoubt::rego
