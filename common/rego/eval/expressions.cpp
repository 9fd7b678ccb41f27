// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <format>

#include "common/rego/eval/evaluator.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego {
namespace {

void append_shown(std::string& out, const Value& value) {
    if (value.is_string()) {
        out += value.as_string();
    } else {
        append_rego(out, value);
    }
}

} // namespace

bool Evaluator::path(Frame& frame, const Instruction& one) {
    const Value* value = &get(frame, one.b);
    Value found;
    for (const std::int32_t key : frame.unit->list(one.c)) {
        found = value->at(get(frame, key));
        if (found.is_undefined()) return false;
        value = &found;
    }
    frame.registers[one.a] = found;
    return true;
}

std::span<const Value> Evaluator::gather(const Frame& frame, std::int32_t list,
                                         std::vector<Value>& storage) const {
    for (const std::int32_t operand : frame.unit->list(list)) storage.push_back(get(frame, operand));
    return storage;
}

bool Evaluator::walk_data(Frame& frame, const Instruction& one) {
    std::vector<Value> storage;
    const auto keys = gather(frame, one.c, storage);
    return put(frame, one.a, document_below(one.b, keys));
}

/// Operands in a small array on the stack: calls are frequent.
template <std::size_t Size>
struct Operands {
    std::array<Value, Size> values;
    std::size_t count = 0;
    [[nodiscard]] std::span<const Value> span() const { return {values.data(), count}; }
};

/// + - * of small whole numbers, which need no builtin. False: not that.
bool quick_arithmetic(std::string_view infix, const Operands<8>& operands, std::int64_t& result) {
    if (infix.size() != 1 || operands.count != 2) return false;
    const Value& a = operands.values[0];
    const Value& b = operands.values[1];
    if (!a.is_small_integer() || !b.is_small_integer()) return false;
    switch (infix.front()) {
    case '+': return !__builtin_add_overflow(a.small_integer(), b.small_integer(), &result);
    case '-': return !__builtin_sub_overflow(a.small_integer(), b.small_integer(), &result);
    case '*': return !__builtin_mul_overflow(a.small_integer(), b.small_integer(), &result);
    default: return false;
    }
}

bool Evaluator::call_builtin(Frame& frame, const Instruction& one) {
    Operands<8> operands;
    for (const std::int32_t operand : frame.unit->list(one.c)) {
        if (operands.count == operands.values.size()) return fail(EvalCode::limit, "too many operands");
        operands.values[operands.count++] = get(frame, operand);
    }
    const Builtin* which = frame.unit->builtins[static_cast<std::size_t>(one.b)];
    at_ = frame.unit->locations[static_cast<std::size_t>(&one - frame.unit->code.data())];
    at_unit_ = frame.unit;
    if (!mocks_.empty()) {
        if (const Mock* mock = find_mock(which, -1, -1))
            return put(frame, one.a, call_mock(*mock, operands.span()));
    }
    if (std::int64_t result = 0; quick_arithmetic(which->infix, operands, result)) {
        return put(frame, one.a, Value::integer(result));
    }
    return put(frame, one.a, builtin(*which, operands.span()));
}

bool Evaluator::call_function(Frame& frame, const Instruction& one) {
    std::vector<Value> large;
    Operands<8> operands;
    const auto list = frame.unit->list(one.c);
    std::span<const Value> given;
    if (list.size() <= operands.values.size()) {
        for (const std::int32_t operand : list) operands.values[operands.count++] = get(frame, operand);
        given = operands.span();
    } else {
        given = gather(frame, one.c, large);
    }
    if (!mocks_.empty()) {
        if (const Mock* mock = find_mock(nullptr, one.b, -1))
            return put(frame, one.a, call_mock(*mock, given));
    }
    return put(frame, one.a, function_value(one.b, given));
}

bool Evaluator::call_host(Frame& frame, const Instruction& one) {
    std::vector<Value> storage;
    const auto operands = gather(frame, one.c, storage);
    at_ = frame.unit->locations[static_cast<std::size_t>(&one - frame.unit->code.data())];
    at_unit_ = frame.unit;
    if (!mocks_.empty()) {
        if (const Mock* mock = find_mock(nullptr, -1, one.b))
            return put(frame, one.a, call_mock(*mock, operands));
    }
    return put(frame, one.a, host(one.b, operands));
}

const Evaluator::Mock* Evaluator::find_mock(const Builtin* builtin, std::int32_t group,
                                            std::int32_t host) const {
    for (std::size_t i = mocks_.size(); i-- > 0;) {
        const WithTarget& target = *mocks_[i].target;
        if (builtin != nullptr && target.kind == TargetKind::builtin && target.builtin->name == builtin->name)
            return &mocks_[i];
        if (group >= 0 && target.kind == TargetKind::function && target.group == group) return &mocks_[i];
        if (host >= 0 && target.kind == TargetKind::host && target.host == host) return &mocks_[i];
    }
    return nullptr;
}

/// The function put in place sees no replacements, so that it may call the one it stands for.
Value Evaluator::call_mock(const Mock& mock, std::span<const Value> operands) {
    const WithTarget& target = *mock.target;
    const bool by_value = target.replacement_builtin == nullptr && target.replacement_function < 0 &&
                          target.replacement_host < 0;
    if (by_value) return mock.value;
    std::vector<Mock> outer;
    outer.swap(mocks_);
    const std::uint64_t generation = generation_;
    generation_ = ++scratch_->generation;
    Value result;
    if (target.replacement_builtin != nullptr) {
        result = builtin(*target.replacement_builtin, operands);
    } else if (target.replacement_function >= 0) {
        result = function_value(target.replacement_function, operands);
    } else {
        result = host(target.replacement_host, operands);
    }
    generation_ = generation;
    mocks_.swap(outer);
    return result;
}

Value Evaluator::builtin(const Builtin& which, std::span<const Value> operands) {
    if (which.function == nullptr) {
        (void)fail(EvalCode::builtin, std::format("{}: this engine does not have it", which.name));
        return {};
    }
    return settle(which.name, rego::call_builtin(which, context_, operands));
}

Value Evaluator::host(std::int32_t which, std::span<const Value> operands) {
    const HostFunction& function = program_->hosts[static_cast<std::size_t>(which)];
    std::uint32_t hash = 0x51ed270bU;
    for (const Value& operand : operands) hash = (hash ^ operand.hash()) * 0x9E3779B1U;
    Scratch::Memo* memo = find_memo(-2 - which, operands, hash);
    if (memo != nullptr && memo->operands != nullptr) return memo->result;
    const Value result = settle(function.name, function.function(context_, operands));
    if (memo == nullptr || error_) return result;
    memo = find_memo(-2 - which, operands, hash);
    if (memo != nullptr && memo->operands == nullptr) {
        Value* kept = arena_.allocate_array<Value>(operands.size() + 1);
        std::ranges::uninitialized_copy(operands, std::span(kept, operands.size()));
        *memo = {first_generation_, hash, -2 - which, kept, result};
        ++memo_used_;
    }
    return result;
}

Value Evaluator::settle(std::string_view name, BuiltinResult result) {
    if (result) return *result;
    const BuiltinError& error = result.error();
    const bool always = error.fault == BuiltinFault::limit || error.fault == BuiltinFault::halt;
    if (!always && !settings_->strict_builtin_errors) return {};
    const EvalCode code = error.fault == BuiltinFault::type    ? EvalCode::type
                          : error.fault == BuiltinFault::limit ? EvalCode::limit
                          : error.fault == BuiltinFault::halt  ? EvalCode::halt
                                                               : EvalCode::builtin;
    (void)fail(code, std::format("{}: {}", name, error.text));
    return {};
}

bool Evaluator::make(Frame& frame, const Instruction& one) {
    std::vector<Value> items;
    const auto given = gather(frame, one.c, items);
    if (one.op == Op::make_array) return put(frame, one.a, make_array(arena_, given));
    if (one.op == Op::make_set) return put(frame, one.a, make_set(arena_, items));
    ObjectBuilder members;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) members.insert(items[i], items[i + 1]);
    if (members.has_conflict()) return fail(EvalCode::conflict, "object keys must be unique");
    return put(frame, one.a, members.build(arena_));
}

bool Evaluator::make_template(Frame& frame, const Instruction& one) {
    const auto operands = frame.unit->list(one.c);
    std::string text;
    for (std::size_t i = 0; i + 1 < operands.size(); i += 2) {
        const Value& part = get(frame, operands[i + 1]);
        if (operands[i] == 0) {
            text += part.as_string();
        } else if (part.size() == 0) {
            text += "<undefined>";
        } else if (part.size() == 1) {
            append_shown(text, part.items()[0]);
        } else {
            at_ = frame.unit->locations[static_cast<std::size_t>(&one - frame.unit->code.data())];
            at_unit_ = frame.unit;
            return fail(EvalCode::conflict, "template-strings must not produce multiple outputs");
        }
        if (!arena_.charge(text.size())) return fail(EvalCode::limit, "too much memory");
    }
    return put(frame, one.a, make_string(arena_, text));
}

bool Evaluator::member_key_value(Frame& frame, const Instruction& one) {
    const auto operands = frame.unit->list(one.c);
    const Value& key = get(frame, operands[0]);
    const Value& value = get(frame, operands[1]);
    const Value found = get(frame, operands[2]).at(key);
    return put(frame, one.a, Value::boolean(found.is_defined() && found == value));
}

bool Evaluator::print(Frame& frame, const Instruction& one) {
    const auto operands = frame.unit->list(one.c);
    std::vector<std::string> lines = {""};
    for (std::size_t i = 0; i + 1 < operands.size(); i += 2) {
        const Value& part = get(frame, operands[i + 1]);
        const auto append_to_all = [&](const Value* value) {
            std::string shown = "<undefined>";
            if (value != nullptr) {
                shown.clear();
                append_shown(shown, *value);
            }
            return shown;
        };
        std::vector<std::string> next;
        const std::string space = i == 0 ? "" : " ";
        for (const std::string& line : lines) {
            if (operands[i] == 0) {
                next.push_back(line + space + append_to_all(&part));
            } else if (part.size() == 0) {
                next.push_back(line + space + append_to_all(nullptr));
            } else {
                for (const Value& item : part.items()) {
                    next.push_back(line + space + append_to_all(&item));
                    if (!arena_.charge(next.size() * next.back().size()))
                        return fail(EvalCode::limit, "too much memory");
                }
            }
        }
        lines = std::move(next);
    }
    return std::ranges::all_of(lines, [this](std::string& line) { return print_line(std::move(line)); });
}

bool Evaluator::print_line(std::string line) {
    print_bytes_ += line.size() + 1;
    if (print_bytes_ > settings_->limits.max_print_bytes) return fail(EvalCode::limit, "too much printed");
    prints.push_back(std::move(line));
    return true;
}

} // namespace redoubt::rego
