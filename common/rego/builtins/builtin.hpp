// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How a builtin function is declared and called. Groups live one to a file (strings.cpp, aggregates.cpp ...)
/// and hand out a table; an Engine is given the tables it may use.
///
///     BuiltinResult lower(BuiltinContext& context, std::span<const Value> operands) {
///         return make_string(context.arena(), ascii_lower(operands[0].as_string()));
///     }
///     constexpr Builtin k_strings[] = {
///         {.name = "lower", .operands = {one_of(Kind::string)}, .arity = 1, .function = lower},
///     };
///     std::span<const Builtin> string_builtins() { return k_strings; }

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <initializer_list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/rego/value/value.hpp"

namespace redoubt::rego {

/// Where an error of an evaluation belongs; rendered "eval_type_error" and so on.
enum class BuiltinFault : std::uint8_t {
    builtin, ///< eval_builtin_error: the operands are of the right types and cannot be used
    type,    ///< eval_type_error: an operand of a wrong type
    limit,   ///< a limit of the evaluation was reached; always ends it
    halt,    ///< ends the evaluation whatever the strictness (OPA's Halt)
};

struct BuiltinError {
    BuiltinFault fault = BuiltinFault::builtin;
    std::string text; ///< without the builtin's name, which the evaluator puts in front
};

/// A value, undefined (Value()), or an error. An error is undefined to the policy unless errors are strict.
using BuiltinResult = std::expected<Value, BuiltinError>;

[[nodiscard]] std::unexpected<BuiltinError> builtin_error(std::string text);
/// "operand 1 must be string but got number"; with several kinds "operand 1 must be one of {array, object}
/// but got number". Positions count from 1.
[[nodiscard]] std::unexpected<BuiltinError> operand_error(std::size_t position, const Value& got,
                                                          std::initializer_list<Kind> expected);
/// "operand 1 must be array of strings but got array containing number" and other special words.
[[nodiscard]] std::unexpected<BuiltinError> operand_error(std::size_t position, std::string_view words);
/// What to return when charge() said no.
[[nodiscard]] std::unexpected<BuiltinError> limit_error(std::string text);

/// The kinds one operand accepts, in the order error texts list them; none listed means any.
struct Operand {
    std::array<Kind, 5> kinds{};
    std::uint8_t count = 0;
    /// What error texts say instead of the kinds' names ("integer"); empty: the kinds' names.
    std::string_view words{};
    enum class Check : std::uint8_t {
        always,
        at_load, ///< only for constants; the function answers for what comes at run time (json.is_valid:
                 ///< false)
        at_run,  ///< a constant of another kind loads and fails when called (the casts of v0)
    };
    Check check = Check::always;

    [[nodiscard]] constexpr bool lists(Kind kind) const {
        for (std::uint8_t i = 0; i < count; ++i) {
            if (kinds[i] == kind) return true;
        }
        return count == 0;
    }
    /// Whether a constant of that kind may stand there.
    [[nodiscard]] constexpr bool accepts(Kind kind) const { return check == Check::at_run || lists(kind); }
    /// Whether a call with such a value is made.
    [[nodiscard]] constexpr bool takes(Kind kind) const { return check == Check::at_load || lists(kind); }
};

template <class... Kinds>
[[nodiscard]] constexpr Operand one_of(Kinds... kinds) {
    return Operand{{kinds...}, sizeof...(kinds)};
}
/// one_of() whose error text has words of its own: operand 1 must be `words` but got string.
template <class... Kinds>
[[nodiscard]] constexpr Operand named(std::string_view words, Kinds... kinds) {
    return Operand{{kinds...}, sizeof...(kinds), words};
}
inline constexpr Operand k_any{};

template <class... Kinds>
[[nodiscard]] constexpr Operand constants_of(Kinds... kinds) {
    return Operand{{kinds...}, sizeof...(kinds), {}, Operand::Check::at_load};
}
template <class... Kinds>
[[nodiscard]] constexpr Operand called_with(Kinds... kinds) {
    return Operand{{kinds...}, sizeof...(kinds), {}, Operand::Check::at_run};
}

class BuiltinContext;
using BuiltinFunction = BuiltinResult (*)(BuiltinContext& context, std::span<const Value> operands);

/// A builtin's declaration.
struct Builtin {
    std::string_view name; ///< "strings.replace_n"
    /// Checked before the call (wrong kind: operand_error). Use k_any and check inside where OPA's order or
    /// words differ. A constant operand of a kind not accepted is refused at load.
    std::array<Operand, 6> operands{};
    std::uint8_t arity = 0;
    /// Takes any number of operands from `arity` up (print is the only one of OPA's).
    bool variadic = false;
    /// Gives an array of results; the call succeeds once for each (walk).
    bool relation = false;
    /// Has no result: it succeeds or fails (print).
    bool is_void = false;
    /// Same operands, other result: not folded, but kept for the rest of one evaluation.
    bool nondeterministic = false;
    /// May only stand in for another builtin (`with time.now_ns as opa.runtime`); a call is refused at load.
    bool is_withheld = false;
    /// Only modules of Rego v0 may call it.
    bool v0_only = false;
    /// The infix operator that means it ("+"), for error texts; empty otherwise.
    std::string_view infix{};
    /// Null: known by name and never available; a policy that calls it is refused at load.
    BuiltinFunction function = nullptr;
};

/// Something a group keeps between calls: compiled patterns, parsed zones. Default-constructed at first use.
class CacheSlots {
  public:
    template <class T>
    [[nodiscard]] T& get() {
        auto& slot = slots_[&k_key<T>];
        if (!slot) slot = std::make_shared<T>();
        return *static_cast<T*>(slot.get());
    }
    void clear() { slots_.clear(); }

  private:
    template <class T>
    static constexpr char k_key = 0;

    // Type-erased owner with the right deleter; never shared.
    std::unordered_map<const void*, std::shared_ptr<void>> slots_;
};

/// Gives the zone file of that name (the bytes of a TZif file), or nothing.
using ZoneSource = std::function<std::string(std::string_view name)>;

/// What a builtin may know of the evaluation that calls it.
class BuiltinContext {
  public:
    struct Environment {
        std::int64_t now_ns = 0; ///< fixed for one evaluation
        std::uint64_t seed = 0;  ///< for rand and uuid; fixed for one evaluation
        const ZoneSource* zones = nullptr;
        std::size_t max_regex_bytes = 1U << 20U;
    };

    BuiltinContext(Arena& arena, CacheSlots& lasting, CacheSlots& query)
        : arena_(&arena), lasting_(&lasting), query_(&query) {}

    [[nodiscard]] Arena& arena() { return *arena_; }
    /// Whether `bytes` more may be allocated; if not, return limit_error(). Ask before results of a size that
    /// operands decide.
    [[nodiscard]] bool charge(std::size_t bytes) { return arena_->charge(bytes); }
    /// Counts work towards the limit of steps: about one for each item handled. False: return limit_error().
    [[nodiscard]] bool work(std::uint64_t steps) {
        if (steps > steps_left_) {
            steps_left_ = 0;
            return false;
        }
        steps_left_ -= steps;
        return true;
    }
    void set_steps_left(std::uint64_t steps) { steps_left_ = steps; }
    [[nodiscard]] std::uint64_t steps_left() const { return steps_left_; }

    /// Lives over many evaluations of one thread; must be bounded. Never keep Values of an arena in it.
    template <class T>
    [[nodiscard]] T& lasting() {
        return lasting_->get<T>();
    }
    /// Lives for this evaluation.
    template <class T>
    [[nodiscard]] T& query() {
        return query_->get<T>();
    }

    Environment environment;

  private:
    Arena* arena_;
    CacheSlots* lasting_;
    CacheSlots* query_;
    std::uint64_t steps_left_ = UINT64_MAX;
};

/// Calls a builtin after checking its operands' kinds. The evaluator's way in; tests use it too.
[[nodiscard]] BuiltinResult call_builtin(const Builtin& builtin, BuiltinContext& context,
                                         std::span<const Value> operands);

} // namespace redoubt::rego
