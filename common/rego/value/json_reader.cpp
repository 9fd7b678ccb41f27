// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <bit>

#include "common/rego/value/json.hpp"
#include "common/rego/value/layout.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

/// A recursive-descent reader whose recursion the depth limit bounds. Scratch stacks are shared by all
/// levels.
class JsonReader {
  public:
    JsonReader(Arena& arena, std::string_view text, const JsonLimits& limits)
        : arena_(arena), text_(text), limits_(limits) {}

    Result<Value> read() {
        if (text_.size() > limits_.max_bytes)
            return fail(Code::resource_exhausted, "JSON larger than {} bytes", limits_.max_bytes);
        RDT_TRY(const Value value, read_value(0));
        skip_space();
        if (at_ != text_.size()) return error("something follows the document");
        return value;
    }

  private:
    [[nodiscard]] std::unexpected<Error> error(std::string_view what) const {
        const std::string_view before = text_.substr(0, at_);
        const auto line = std::ranges::count(before, '\n') + 1;
        const std::size_t start = before.rfind('\n');
        return fail(Code::invalid_argument, "line {}, column {}: {}", line,
                    start == std::string_view::npos ? at_ + 1 : at_ - start, what);
    }

    void skip_space() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
    }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    Result<Value> read_value(std::size_t depth) {
        if (depth > limits_.max_depth)
            return fail(Code::resource_exhausted, "JSON nested deeper than {}", limits_.max_depth);
        if (arena_.is_over()) return fail(Code::resource_exhausted, "JSON needs more memory than allowed");
        skip_space();
        switch (peek()) {
        case '{': return read_object(depth);
        case '[': return read_array(depth);
        case '"': return read_string();
        case 't':
            if (take("true")) return Value::boolean(true);
            break;
        case 'f':
            if (take("false")) return Value::boolean(false);
            break;
        case 'n':
            if (take("null")) return Value::null();
            break;
        default: return read_number();
        }
        return error("not a JSON value");
    }

    Result<Value> read_number() {
        std::size_t end = at_;
        const auto belongs = [](char c) {
            return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
        };
        while (end < text_.size() && belongs(text_[end])) ++end;
        if (end == at_) return error(at_ == text_.size() ? "the text ends too early" : "not a JSON value");
        const auto number = parse_number(arena_, text_.substr(at_, end - at_));
        if (!number) return error("not a number, or one too large");
        at_ = end;
        return Value::number(*number);
    }

    Result<Value> read_array(std::size_t depth) {
        ++at_;
        const std::size_t base = items_.size();
        skip_space();
        if (peek() == ']') {
            ++at_;
            return Value::empty_array();
        }
        while (true) {
            RDT_TRY(const Value item, read_value(depth + 1));
            items_.push_back(item);
            skip_space();
            if (peek() == ']') break;
            if (peek() != ',') return error("',' or ']' expected");
            ++at_;
        }
        ++at_;
        const Value made = make_array(arena_, std::span(items_).subspan(base));
        items_.resize(base);
        return made;
    }

    Result<Value> read_object(std::size_t depth) {
        ++at_;
        const std::size_t base = members_.size();
        skip_space();
        if (peek() == '}') {
            ++at_;
            return Value::empty_object();
        }
        while (true) {
            skip_space();
            if (peek() != '"') return error("a key in quotes expected");
            RDT_TRY(const Value key, read_key());
            skip_space();
            if (peek() != ':') return error("':' expected");
            ++at_;
            RDT_TRY(const Value value, read_value(depth + 1));
            members_.push_back({key, value});
            skip_space();
            if (peek() == '}') break;
            if (peek() != ',') return error("',' or '}' expected");
            ++at_;
        }
        ++at_;
        return finish_object(base);
    }

    Value finish_object(std::size_t base) {
        const std::span<Member> members = std::span(members_).subspan(base);
        const auto before = [](const Member& a, const Member& b) { return compare(a.key, b.key) < 0; };
        if (!std::ranges::is_sorted(members, before)) std::ranges::stable_sort(members, before);
        std::size_t kept = 0;
        for (const Member& member : members) {
            if (kept > 0 && members[kept - 1].key == member.key) --kept;
            members[kept++] = member;
        }
        const Value made = make_sorted_object(arena_, members.first(kept));
        members_.resize(base);
        return made;
    }

    /// Keys repeat: the last one seen with a hash is handed out again.
    Result<Value> read_key() {
        const std::size_t end = plain_end(at_ + 1);
        if (end == text_.size() || text_[end] != '"') return read_string();
        const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        Value& known = keys_[hash_text(text) % keys_.size()];
        if (!known.is_string() || known.as_string() != text) known = make_string(arena_, text);
        return known;
    }

    /// Where the run of ASCII that needs no decoding ends.
    [[nodiscard]] std::size_t plain_end(std::size_t from) const {
        while (from < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[from]);
            if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
            ++from;
        }
        return from;
    }

    Result<Value> read_string() {
        const std::size_t start = ++at_;
        at_ = plain_end(at_);
        if (peek() == '"') return make_string(arena_, text_.substr(start, at_++ - start));
        scratch_.assign(text_, start, at_ - start);
        while (true) {
            if (at_ >= text_.size()) return error("a string is not closed");
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') break;
            if (c < 0x20) return error("a control character in a string");
            if (c == '\\') {
                RDT_CHECK(read_escape());
            } else if (c >= 0x80) {
                const Utf8Step step = decode_utf8(text_, at_);
                append_utf8(scratch_, step.code);
                at_ += step.size;
            } else {
                const std::size_t end = plain_end(at_);
                scratch_.append(text_, at_, end - at_);
                at_ = end;
            }
        }
        ++at_;
        return make_string(arena_, scratch_);
    }

    Status read_escape() {
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        at_ += 2;
        constexpr std::string_view from = "\"\\/bfnrt";
        constexpr std::string_view to = "\"\\/\b\f\n\r\t";
        if (const std::size_t found = c == '\0' ? std::string_view::npos : from.find(c);
            found != std::string_view::npos) {
            scratch_ += to[found];
            return {};
        }
        if (c != 'u') return error("an escape that JSON does not have");
        auto unit = read_unit();
        if (!unit) return error("four hexadecimal digits expected");
        std::uint32_t code = *unit;
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
            const std::size_t back = at_;
            at_ += 2;
            const auto low = read_unit();
            if (low && *low >= 0xDC00 && *low < 0xE000) {
                code = 0x10000U + ((code - 0xD800U) << 10U) + (*low - 0xDC00U);
            } else {
                at_ = back;
            }
        }
        append_utf8(scratch_, code >= 0xD800 && code < 0xE000 ? k_replacement : code);
        return {};
    }

    std::optional<std::uint32_t> read_unit() {
        if (at_ + 4 > text_.size()) return std::nullopt;
        std::uint32_t code = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const char c = text_[at_ + i];
            std::uint32_t digit = 0;
            if (c >= '0' && c <= '9') {
                digit = static_cast<std::uint32_t>(c - '0');
            } else if (c >= 'a' && c <= 'f') {
                digit = static_cast<std::uint32_t>(c - 'a') + 10U;
            } else if (c >= 'A' && c <= 'F') {
                digit = static_cast<std::uint32_t>(c - 'A') + 10U;
            } else {
                return std::nullopt;
            }
            code = (code << 4U) | digit;
        }
        at_ += 4;
        return code;
    }

    Arena& arena_;
    std::string_view text_;
    JsonLimits limits_;
    std::size_t at_ = 0;
    std::vector<Value> items_;
    std::vector<Member> members_;
    std::string scratch_;
    std::array<Value, 64> keys_;
};

} // namespace

Result<Value> parse_json(Arena& arena, std::string_view text, const JsonLimits& limits) {
    return JsonReader(arena, text, limits).read();
}

} // namespace redoubt::rego
