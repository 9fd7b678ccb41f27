// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cmath>

#include "common/rego/builtins/go_format.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"
#include "common/rego/value/utf8.hpp"

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

/// Larger widths and precisions are not taken as such. Source: Go's fmt.
constexpr int k_too_large = 1'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

GoValue go_number(const Number& number) {
    if (const auto whole = plain_integer(number)) return *whole;
    std::string text = number.text();
    if (text.contains('.')) {
        const double value = number.to_double();
        if (!std::isinf(value)) return value;
        return text;
    }
    if (std::ranges::all_of(std::string_view(text).substr(text[0] == '-' ? 1 : 0), is_digit))
        return number.to_big_int().value_or(0);
    return text;
}

GoValue go_value(const Value& value) {
    if (value.is_number()) return go_number(value.as_number());
    if (value.is_string()) return std::string(value.as_string());
    return render_rego(value);
}

/// One call of fmt.Sprintf.
class Formatter {
  public:
    Formatter(BuiltinContext& context, std::string_view format, std::span<const Value> values)
        : format_(format), values_(values), out_(context) {}

    BuiltinResult run() {
        while (at_ < format_.size()) {
            const std::size_t percent = std::min(format_.find('%', at_), format_.size());
            if (!out_.append(format_.substr(at_, percent - at_))) return memory_limit_error();
            at_ = percent + 1;
            if (percent < format_.size() && !directive()) return memory_limit_error();
        }
        if (!reordered_ && next_ < values_.size() && !extra()) return memory_limit_error();
        return out_.finish();
    }

  private:
    [[nodiscard]] char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

    bool directive() {
        spec_ = {};
        good_index_ = true;
        after_index_ = false;
        flags();
        index();
        if (!width() || !precision()) return false;
        if (!after_index_) index();
        if (at_ >= format_.size()) return out_.append("%!(NOVERB)");
        const Utf8Step verb = decode_utf8(format_, at_);
        at_ += verb.size;
        return apply(verb.code);
    }

    void flags() {
        for (; at_ < format_.size(); ++at_) {
            switch (format_[at_]) {
            case '#': spec_.sharp = true; break;
            case '0': spec_.zero = true; break;
            case '+': spec_.plus = true; break;
            case '-': spec_.minus = true; break;
            case ' ': spec_.space = true; break;
            default: return;
            }
        }
    }

    /// [2]: which value comes next.
    void index() {
        if (peek() != '[') return;
        reordered_ = true;
        const std::size_t close = format_.find(']', at_ + 1);
        if (close == std::string_view::npos) {
            good_index_ = false;
            ++at_;
            return;
        }
        const std::string_view digits = format_.substr(at_ + 1, close - at_ - 1);
        at_ = close + 1;
        std::size_t number = 0;
        for (const char c : digits) {
            if (!is_digit(c) || number > static_cast<std::size_t>(k_too_large)) {
                number = 0;
                break;
            }
            number = (number * 10) + static_cast<std::size_t>(c - '0');
        }
        if (number == 0 || number > values_.size()) {
            good_index_ = false;
            return;
        }
        next_ = number - 1;
        after_index_ = true;
    }

    /// Digits; too many of them swallow the rest of the format.
    bool read_number(int& number) {
        number = 0;
        const std::size_t start = at_;
        for (; is_digit(peek()); ++at_) {
            if (number > k_too_large) {
                at_ = format_.size();
                number = 0;
                return false;
            }
            number = (number * 10) + (format_[at_] - '0');
        }
        return at_ > start;
    }

    /// The value a * stands for.
    bool star(int& number) {
        ++at_;
        after_index_ = false;
        number = 0;
        if (next_ >= values_.size()) return false;
        const Value& value = values_[next_++];
        const auto whole = value.is_number() ? plain_integer(value.as_number()) : std::nullopt;
        if (!whole) return false;
        const std::int64_t given = *whole;
        if (given > k_too_large || given < -k_too_large) return false;
        number = static_cast<int>(given);
        return true;
    }

    bool width() {
        if (peek() == '*') {
            spec_.has_width = star(spec_.width);
            if (!spec_.has_width && !out_.append("%!(BADWIDTH)")) return false;
            if (spec_.width < 0) {
                spec_.width = -spec_.width;
                spec_.minus = true;
                spec_.zero = false;
            }
            return true;
        }
        spec_.has_width = read_number(spec_.width);
        if (after_index_ && spec_.has_width) good_index_ = false;
        return true;
    }

    bool precision() {
        if (peek() != '.') return true;
        ++at_;
        if (after_index_) good_index_ = false;
        after_index_ = false;
        index();
        if (peek() == '*') {
            spec_.has_precision = star(spec_.precision);
            if (spec_.precision < 0) {
                spec_.precision = 0;
                spec_.has_precision = false;
            }
            return spec_.has_precision || out_.append("%!(BADPREC)");
        }
        (void)read_number(spec_.precision);
        spec_.has_precision = true;
        return true;
    }

    bool bad(std::uint32_t verb, std::string_view why) {
        std::string text = "%!";
        append_utf8(text, verb);
        text += why;
        return out_.append(text);
    }

    bool apply(std::uint32_t verb) {
        if (verb == '%') return out_.append("%");
        if (!good_index_) return bad(verb, "(BADINDEX)");
        if (next_ >= values_.size()) return bad(verb, "(MISSING)");
        if (verb == 'v') {
            spec_.sharp_v = std::exchange(spec_.sharp, false);
            spec_.plus_v = std::exchange(spec_.plus, false);
        }
        // A width costs memory before the value does.
        std::string text;
        append_go_value(text, go_value(values_[next_++]), verb, spec_);
        return out_.append(text);
    }

    bool extra() {
        std::string text = "%!(EXTRA ";
        for (std::size_t i = next_; i < values_.size(); ++i) {
            if (i > next_) text += ", ";
            const GoValue value = go_value(values_[i]);
            text += go_type_name(value);
            text += '=';
            append_go_value(text, value, U'v', {});
        }
        return out_.append(text) && out_.append(")");
    }

    std::string_view format_;
    std::span<const Value> values_;
    TextSink out_;
    std::size_t at_ = 0;
    std::size_t next_ = 0;
    GoSpec spec_;
    bool reordered_ = false;
    bool good_index_ = true;
    bool after_index_ = false;
};

BuiltinResult sprintf_builtin(BuiltinContext& context, Operands operands) {
    if (!context.work(operands[0].size() + operands[1].size())) return step_limit_error();
    return Formatter(context, operands[0].as_string(), operands[1].items()).run();
}

constexpr Builtin k_sprintf[] = {
    {.name = "sprintf",
     .operands = {one_of(Kind::string), one_of(Kind::array)},
     .arity = 2,
     .function = sprintf_builtin},
};

} // namespace

std::span<const Builtin> sprintf_builtins() {
    return k_sprintf;
}

} // namespace redoubt::rego
