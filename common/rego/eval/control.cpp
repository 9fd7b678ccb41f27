// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/eval/evaluator.hpp"

namespace redoubt::rego {

Evaluator::Flow Evaluator::scan(Frame& frame, const Instruction& one, std::uint32_t at) {
    const Value source = get(frame, one.a);
    if (!source.is_collection()) return failed(frame, at);
    if (++depth_ > settings_->limits.max_depth) {
        (void)fail(EvalCode::limit, "nested too deeply");
        return Flow::error;
    }
    const bool wants_key = one.b != k_no_register;
    const bool wants_value = one.c != k_no_register;
    Flow flow = Flow::next;
    const std::size_t count = source.size();
    for (std::size_t i = 0; i < count && flow == Flow::next; ++i) {
        if (source.is_object()) {
            const Member& member = source.members()[i];
            if (wants_key) frame.registers[one.b] = member.key;
            if (wants_value) frame.registers[one.c] = member.value;
        } else {
            const Value& item = source.items()[i];
            if (wants_key)
                frame.registers[one.b] =
                    source.is_set() ? item : Value::integer(static_cast<std::int64_t>(i));
            if (wants_value) frame.registers[one.c] = item;
        }
        flow = run(frame, at + 1);
    }
    --depth_;
    if (count == 0) return failed(frame, at);
    return flow;
}

Evaluator::Flow Evaluator::scan_data(Frame& frame, const Instruction& one, std::uint32_t at) {
    const std::vector<Value> keys = keys_below(one.b);
    if (error_) return Flow::error;
    if (++depth_ > settings_->limits.max_depth) {
        (void)fail(EvalCode::limit, "nested too deeply");
        return Flow::error;
    }
    Flow flow = Flow::next;
    for (std::size_t i = 0; i < keys.size() && flow == Flow::next; ++i) {
        frame.registers[one.a] = keys[i];
        flow = run(frame, at + 1);
    }
    --depth_;
    return flow;
}

/// Flow::stop: it holds for each item; Flow::next: it does not.
Evaluator::Flow Evaluator::every(Frame& frame, const Instruction& one, std::uint32_t at) {
    const Value domain = get(frame, one.a);
    if (!domain.is_collection()) return Flow::next;
    const auto places = frame.unit->list(one.b);
    for (std::size_t i = 0; i < domain.size(); ++i) {
        const bool is_object = domain.is_object();
        const Value item = is_object ? domain.members()[i].value : domain.items()[i];
        if (places[0] != k_no_register) {
            frame.registers[places[0]] = is_object         ? domain.members()[i].key
                                         : domain.is_set() ? item
                                                           : Value::integer(static_cast<std::int64_t>(i));
        }
        frame.registers[places[1]] = item;
        const Flow flow = run(frame, at + 1);
        if (flow != Flow::stop) return flow;
    }
    return Flow::stop;
}

Evaluator::Flow Evaluator::collect(Frame& frame, const Instruction& one, std::uint32_t at) {
    std::vector<Value>& values = scratch_->values;
    const std::size_t base = values.size();
    if (++depth_ > settings_->limits.max_depth) {
        (void)fail(EvalCode::limit, "nested too deeply");
        return Flow::error;
    }
    const Flow flow = run(frame, at + 1);
    --depth_;
    if (flow == Flow::error) return flow;
    const std::span<Value> collected = std::span(values).subspan(base);
    if (!arena_.charge(collected.size_bytes() * 2)) {
        (void)fail(EvalCode::limit, "too much memory");
        return Flow::error;
    }
    Value made;
    if (one.op == Op::collect_array) {
        made = make_array(arena_, collected);
    } else if (one.op == Op::collect_set) {
        made = make_set(arena_, collected);
    } else {
        ObjectBuilder members;
        for (std::size_t i = 0; i + 1 < collected.size(); i += 2)
            members.insert(collected[i], collected[i + 1]);
        if (members.has_conflict()) {
            at_ = frame.unit->locations[at];
            at_unit_ = frame.unit;
            (void)fail(EvalCode::conflict, "object keys must be unique");
            return Flow::error;
        }
        made = members.build(arena_);
    }
    values.resize(base);
    frame.registers[one.a] = made;
    return Flow::next;
}

bool Evaluator::apply_with(Frame& frame, const Instruction& one) {
    const auto operands = frame.unit->list(one.c);
    for (std::size_t i = 0; i + 1 < operands.size(); i += 2) {
        const WithTarget& target = frame.unit->targets[static_cast<std::size_t>(operands[i])];
        const Value value = get(frame, operands[i + 1]);
        if (target.kind == TargetKind::input) {
            input_ = set_below(input_, target.path, value);
        } else if (target.kind == TargetKind::data) {
            overrides_.push_back({target.path, value});
        } else {
            mocks_.push_back({&target, value});
        }
    }
    generation_ = ++scratch_->generation;
    return true;
}

Evaluator::Flow Evaluator::with(Frame& frame, const Instruction& one, std::uint32_t at) {
    const Saved before{input_, overrides_.size(), mocks_.size(), generation_};
    saved_.push_back(before);
    (void)apply_with(frame, one);
    const Flow flow = run(frame, at + 1);
    saved_.pop_back();
    input_ = before.input;
    overrides_.resize(before.overrides);
    mocks_.resize(before.mocks);
    generation_ = before.generation;
    return flow;
}

/// What follows the statement sees the world without its overrides.
Evaluator::Flow Evaluator::without(Frame& frame, std::uint32_t at) {
    const Saved before = saved_.back();
    saved_.pop_back();
    const Value input = input_;
    const std::uint64_t generation = generation_;
    std::vector<Override> overrides(overrides_.begin() + static_cast<std::ptrdiff_t>(before.overrides),
                                    overrides_.end());
    std::vector<Mock> mocks(mocks_.begin() + static_cast<std::ptrdiff_t>(before.mocks), mocks_.end());
    input_ = before.input;
    overrides_.resize(before.overrides);
    mocks_.resize(before.mocks);
    generation_ = before.generation;
    const Flow flow = run(frame, at + 1);
    input_ = input;
    generation_ = generation;
    overrides_.insert(overrides_.end(), overrides.begin(), overrides.end());
    mocks_.insert(mocks_.end(), mocks.begin(), mocks.end());
    saved_.push_back(before);
    return flow;
}

Evaluator::Flow Evaluator::yield(Frame& frame, const Value& value) {
    if (frame.result.is_undefined()) {
        frame.result = value;
        return frame.rule->constant_result ? Flow::stop : Flow::next;
    }
    if (frame.result == value) return Flow::next;
    at_ = frame.rule->at;
    at_unit_ = frame.unit;
    const bool is_function = frame.group->kind == GroupKind::function;
    (void)fail(EvalCode::conflict, is_function ? "functions must not produce multiple outputs for same inputs"
                                               : "complete rules must not produce multiple outputs");
    return Flow::error;
}

// Which instructions reach these is decided by their order in Op.
#pragma GCC diagnostic ignored "-Wswitch-enum"

/// Ends of programs and blocks.
Evaluator::Flow Evaluator::hand_over(Frame& frame, const Instruction& one) {
    std::vector<Value>& values = scratch_->values;
    switch (one.op) {
    case Op::found: return Flow::stop;
    case Op::push_pair:
        values.push_back(get(frame, one.a));
        values.push_back(get(frame, one.b));
        return Flow::next;
    case Op::yield: return yield(frame, get(frame, one.a));
    case Op::yield_path: {
        frame.result = Value::boolean(true);
        const auto operands = frame.unit->list(one.c);
        if (nested_ == nullptr) {
            for (const std::int32_t operand : operands) values.push_back(get(frame, operand));
            return Flow::next;
        }
        std::vector<Value> path;
        path.reserve(operands.size());
        for (const std::int32_t operand : operands) path.push_back(get(frame, operand));
        const Value last = path.back();
        path.pop_back();
        at_ = frame.rule->at;
        at_unit_ = frame.unit;
        return insert_nested(*nested_, path, last, one.detail == 1) ? Flow::next : Flow::error;
    }
    case Op::yield_row: {
        std::vector<Value>& row = rows_->emplace_back();
        for (const auto& [name, slot] : query_->variables) row.push_back(frame.registers[slot]);
        for (const std::int32_t operand : query_->expressions) row.push_back(get(frame, operand));
        return Flow::next;
    }
    case Op::yield_element: frame.result = Value::boolean(true); [[fallthrough]];
    default: values.push_back(get(frame, one.a)); return Flow::next;
    }
}

} // namespace redoubt::rego
