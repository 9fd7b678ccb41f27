// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/eval/evaluator.hpp"

#include <format>

namespace redoubt::rego {
namespace {

constexpr std::uint32_t k_steps_between_checks = 512;
constexpr std::size_t k_registers_per_block = 4096;

bool holds(Comparison comparison, const Value& a, const Value& b) {
    switch (comparison) {
    case Comparison::equal: return a == b;
    case Comparison::not_equal: return !(a == b);
    case Comparison::less: return compare(a, b) < 0;
    case Comparison::less_equal: return compare(a, b) <= 0;
    case Comparison::greater: return compare(a, b) > 0;
    case Comparison::greater_equal: return compare(a, b) >= 0;
    }
    return false;
}

bool is_member(const Value& item, const Value& collection) {
    if (collection.is_set()) return collection.contains(item);
    if (collection.is_array()) {
        for (const Value& one : collection.items()) {
            if (one == item) return true;
        }
    } else if (collection.is_object()) {
        for (const Member& one : collection.members()) {
            if (one.value == item) return true;
        }
    }
    return false;
}

} // namespace

std::string_view name_of(EvalCode code) {
    switch (code) {
    case EvalCode::builtin: return "eval_builtin_error";
    case EvalCode::type: return "eval_type_error";
    case EvalCode::conflict: return "eval_conflict_error";
    case EvalCode::limit: return "eval_limit_error";
    case EvalCode::halt: return "eval_internal_error";
    }
    return "eval_internal_error";
}

std::string EvalError::render() const {
    const std::string place = row == 0 ? std::string() : std::format("{}:{}: ", file, row);
    return std::format("{}{}: {}", place, name_of(code), message);
}

Evaluator::Evaluator(const QueryCode& query, Scratch& scratch, const EvalSettings& settings,
                     const Value& data, const Value& input)
    : query_(&query), program_(query.program.get()), scratch_(&scratch), settings_(&settings),
      arena_(scratch.arena), context_(scratch.arena, scratch.lasting, scratch.query), data_(data),
      input_(input) {
    context_.environment = settings.environment;
    context_.set_steps_left(settings.limits.max_steps);
    arena_.set_budget(settings.limits.max_memory);
    scratch.documents.resize(program_->nodes.size());
    scratch.groups.resize(program_->groups.size());
    if (scratch.memo.empty()) scratch.memo.resize(256);
    generation_ = first_generation_ = ++scratch.generation;
    deadline_ = std::chrono::steady_clock::now() + settings.limits.max_time;
}

std::optional<EvalError> Evaluator::run_query(std::vector<std::vector<Value>>& rows) {
    rows_ = &rows;
    Frame frame;
    frame.unit = &query_->unit;
    frame.registers = push_registers(query_->registers);
    at_unit_ = frame.unit;
    const Flow flow = run(frame, query_->start);
    scratch_->values.clear();
    if (flow == Flow::error && !error_) (void)fail(EvalCode::limit, "evaluation stopped");
    return error_;
}

bool Evaluator::check_limits() {
    countdown_ = k_steps_between_checks;
    steps_ += k_steps_between_checks;
    if (steps_ > settings_->limits.max_steps || !context_.work(k_steps_between_checks))
        return fail(EvalCode::limit, "too many steps");
    if (arena_.is_over() || scratch_->values.size() * sizeof(Value) > settings_->limits.max_memory)
        return fail(EvalCode::limit, "too much memory");
    if (std::chrono::steady_clock::now() > deadline_) return fail(EvalCode::limit, "too much time");
    return true;
}

bool Evaluator::fail(EvalCode code, std::string message) {
    if (error_) return false;
    error_ = EvalError{code, std::move(message), {}, at_.row, at_.column};
    if (at_unit_ != nullptr && at_.file < at_unit_->sources.size())
        error_->file = at_unit_->sources[at_.file].name;
    return false;
}

Value* Evaluator::push_registers(std::size_t count) {
    auto& blocks = scratch_->register_blocks;
    if (count > k_registers_per_block) {
        // A frame of its own; lives in the arena for the rest of the evaluation.
        Value* made = arena_.allocate_array<Value>(count);
        std::uninitialized_default_construct_n(made, count);
        return made;
    }
    if (blocks.empty() || block_used_ + count > k_registers_per_block) {
        if (!blocks.empty()) ++block_;
        if (block_ == blocks.size()) blocks.push_back(std::make_unique<Value[]>(k_registers_per_block));
        block_used_ = 0;
    }
    Value* made = blocks[block_].get() + block_used_;
    block_used_ += count;
    return made;
}

Evaluator::Flow Evaluator::failed(Frame& frame, std::uint32_t at) {
    if (error_) return Flow::error;
    if (settings_->explain && at > frame.furthest) frame.furthest = at;
    return Flow::next;
}

// Which instructions reach these is decided by their order in Op.
#pragma GCC diagnostic ignored "-Wswitch-enum"

Evaluator::Flow Evaluator::run(Frame& frame, std::uint32_t at) {
    while (true) {
        const Instruction& one = frame.unit->code[at];
        if (!spend()) return Flow::error;
        if (settings_->coverage != nullptr && frame.rule != nullptr) (*settings_->coverage)[at] = true;
        if (one.op < Op::scan || one.op == Op::print) {
            if (!plain(frame, one)) return failed(frame, at);
            ++at;
            continue;
        }
        switch (one.op) {
        case Op::scan: return scan(frame, one, at);
        case Op::scan_data: return scan_data(frame, one, at);
        case Op::with_begin: return with(frame, one, at);
        case Op::with_end: return without(frame, at);
        case Op::negate: {
            const Flow flow = run(frame, at + 1);
            if (flow == Flow::error) return flow;
            if (flow == Flow::stop) return failed(frame, at);
            break;
        }
        case Op::every: {
            const Flow flow = every(frame, one, at);
            if (flow == Flow::error) return flow;
            if (flow == Flow::next) return failed(frame, at);
            break;
        }
        case Op::collect_array:
        case Op::collect_set:
        case Op::collect_object:
            if (collect(frame, one, at) == Flow::error) return Flow::error;
            break;
        default: return hand_over(frame, one);
        }
        at = static_cast<std::uint32_t>(one.c);
    }
}

bool Evaluator::plain(Frame& frame, const Instruction& one) {
    const auto operand = [&](std::int32_t which) -> const Value& { return get(frame, which); };
    const auto comparison = static_cast<Comparison>(one.detail);
    switch (one.op) {
    case Op::move: return put(frame, one.a, operand(one.b));
    case Op::load_input: return put(frame, one.a, input_);
    case Op::dot: return put(frame, one.a, operand(one.b).at(operand(one.c)));
    case Op::path: return path(frame, one);
    case Op::walk_data: return walk_data(frame, one);
    case Op::call_builtin: return call_builtin(frame, one);
    case Op::call_function: return call_function(frame, one);
    case Op::call_host: return call_host(frame, one);
    case Op::make_array:
    case Op::make_object:
    case Op::make_set: return make(frame, one);
    case Op::make_template: return make_template(frame, one);
    case Op::compare_value:
        return put(frame, one.a, Value::boolean(holds(comparison, operand(one.b), operand(one.c))));
    case Op::member_value:
        return put(frame, one.a, Value::boolean(is_member(operand(one.b), operand(one.c))));
    case Op::member_key_value: return member_key_value(frame, one);
    case Op::check: return operand(one.a).is_defined() && !operand(one.a).is_false();
    case Op::compare: return holds(comparison, operand(one.b), operand(one.c));
    case Op::member: return is_member(operand(one.b), operand(one.c));
    case Op::expect_array:
        return operand(one.a).is_array() && operand(one.a).size() == static_cast<std::size_t>(one.b);
    case Op::expect_object:
        return operand(one.a).is_object() && operand(one.a).size() == static_cast<std::size_t>(one.b);
    case Op::print: return print(frame, one);
    default: return false;
    }
}

} // namespace redoubt::rego
