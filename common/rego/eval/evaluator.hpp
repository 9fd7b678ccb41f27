// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Running a program: one evaluation, on one thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/rego/builtins/builtin.hpp"
#include "common/rego/compile/compiler.hpp"
#include "common/rego/plan/program.hpp"

namespace redoubt::rego {

/// What one evaluation may use. Reaching any of these ends it with EvalCode::limit.
struct EvalLimits {
    std::uint64_t max_steps = 20'000'000;
    std::size_t max_memory = 64U << 20U;
    std::size_t max_depth = 1000;
    std::size_t max_print_bytes = 1U << 20U;
    std::chrono::milliseconds max_time{10'000};
};

/// Rendered eval_builtin_error, eval_type_error, eval_conflict_error, eval_limit_error, eval_cancel_error.
enum class EvalCode : std::uint8_t { builtin, type, conflict, limit, halt };
[[nodiscard]] std::string_view name_of(EvalCode code);

struct EvalError {
    EvalCode code = EvalCode::builtin;
    std::string message;
    std::string file;
    std::uint32_t row = 0;
    std::uint32_t column = 0;

    /// "policy.rego:3: eval_builtin_error: div: divide by zero"
    [[nodiscard]] std::string render() const;
};

/// Why a rule gave nothing: the statement none of its attempts got past.
struct Refusal {
    std::string rule; ///< "data.pkg.allow"
    Location rule_at;
    Location statement_at;
    std::uint32_t depth = 0; ///< of calls
};

struct EvalSettings {
    EvalLimits limits;
    bool strict_builtin_errors = false;
    bool explain = false;
    /// Off: every definition of a rule is tried. Answers are the same; for tests.
    bool use_index = true;
    /// When given, marks the instructions of the policy that ran.
    std::vector<bool>* coverage = nullptr;
    BuiltinContext::Environment environment;
};

/// Memory that evaluations reuse one after the other.
struct Scratch {
    struct Cached {
        std::uint64_t generation = 0;
        Value value;
    };
    struct Memo {
        std::uint64_t generation = 0;
        std::uint32_t hash = 0;
        std::int32_t function = 0;
        const Value* operands = nullptr;
        Value result;
    };

    Arena arena;
    CacheSlots lasting;
    CacheSlots query;
    std::vector<Value> values; ///< elements being collected
    std::vector<std::unique_ptr<Value[]>> register_blocks;
    std::vector<Cached> documents;
    std::vector<Cached> groups;
    std::vector<Memo> memo;
    std::uint64_t generation = 0; ///< never goes back: nothing needs clearing
};

class Evaluator {
  public:
    Evaluator(const QueryCode& query, Scratch& scratch, const EvalSettings& settings, const Value& data,
              const Value& input);

    /// Runs the query. Rows hold the registers of its variables, then of its expressions.
    [[nodiscard]] std::optional<EvalError> run_query(std::vector<std::vector<Value>>& rows);

    std::vector<std::string> prints;
    std::vector<Refusal> refusals;
    [[nodiscard]] std::uint64_t steps() const { return steps_ == 0 ? 0 : steps_ - countdown_; }

  private:
    enum class Flow : std::uint8_t { next, stop, error };

    struct Frame {
        const CodeUnit* unit = nullptr;
        Value* registers = nullptr;
        const RuleGroup* group = nullptr;
        const RuleCode* rule = nullptr;
        Value result;
        std::uint32_t furthest = 0; ///< instruction, when explaining
    };
    struct Override {
        std::vector<Value> path;
        Value value;
    };
    struct Mock {
        const WithTarget* target = nullptr;
        Value value;
    };
    /// What a `with` changes, kept to put it back.
    struct Saved {
        Value input;
        std::size_t overrides = 0;
        std::size_t mocks = 0;
        std::uint64_t generation = 0;
    };

    // evaluator.cpp
    [[nodiscard]] Flow run(Frame& frame, std::uint32_t at);
    [[nodiscard]] bool plain(Frame& frame, const Instruction& one);
    [[nodiscard]] Flow failed(Frame& frame, std::uint32_t at);
    [[nodiscard]] const Value& get(const Frame& frame, Operand32 operand) const {
        return operand >= 0 ? frame.registers[operand]
                            : frame.unit->constants[static_cast<std::uint32_t>(~operand)];
    }
    [[nodiscard]] static bool put(Frame& frame, std::int32_t place, const Value& value) {
        frame.registers[place] = value;
        return value.is_defined();
    }
    [[nodiscard]] bool spend() { return --countdown_ != 0 || check_limits(); }
    [[nodiscard]] bool check_limits();
    [[nodiscard]] bool fail(EvalCode code, std::string message);
    [[nodiscard]] Value* push_registers(std::size_t count);

    // control.cpp
    [[nodiscard]] Flow scan(Frame& frame, const Instruction& one, std::uint32_t at);
    [[nodiscard]] Flow scan_data(Frame& frame, const Instruction& one, std::uint32_t at);
    [[nodiscard]] Flow every(Frame& frame, const Instruction& one, std::uint32_t at);
    [[nodiscard]] Flow collect(Frame& frame, const Instruction& one, std::uint32_t at);
    [[nodiscard]] Flow with(Frame& frame, const Instruction& one, std::uint32_t at);
    [[nodiscard]] Flow without(Frame& frame, std::uint32_t at);
    [[nodiscard]] bool apply_with(Frame& frame, const Instruction& one);
    [[nodiscard]] Flow hand_over(Frame& frame, const Instruction& one);
    [[nodiscard]] Flow yield(Frame& frame, const Value& value);

    // expressions.cpp
    [[nodiscard]] bool path(Frame& frame, const Instruction& one);
    [[nodiscard]] bool walk_data(Frame& frame, const Instruction& one);
    [[nodiscard]] bool call_builtin(Frame& frame, const Instruction& one);
    [[nodiscard]] bool call_function(Frame& frame, const Instruction& one);
    [[nodiscard]] bool call_host(Frame& frame, const Instruction& one);
    [[nodiscard]] bool make(Frame& frame, const Instruction& one);
    [[nodiscard]] bool make_template(Frame& frame, const Instruction& one);
    [[nodiscard]] bool member_key_value(Frame& frame, const Instruction& one);
    [[nodiscard]] bool print(Frame& frame, const Instruction& one);
    [[nodiscard]] bool print_line(std::string line);
    [[nodiscard]] Value builtin(const Builtin& which, std::span<const Value> operands);
    [[nodiscard]] Value host(std::int32_t which, std::span<const Value> operands);
    [[nodiscard]] Value settle(std::string_view name, BuiltinResult result);
    [[nodiscard]] const Mock* find_mock(const Builtin* builtin, std::int32_t group, std::int32_t host) const;
    [[nodiscard]] Value call_mock(const Mock& mock, std::span<const Value> operands);
    [[nodiscard]] std::span<const Value> gather(const Frame& frame, std::int32_t list,
                                                std::vector<Value>& storage) const;

    // documents.cpp
    [[nodiscard]] Value document_below(std::int32_t node, std::span<const Value> keys);
    [[nodiscard]] Value overridden(std::int32_t node, std::span<const Value> keys, bool& handled);
    [[nodiscard]] Value plain_document_below(std::int32_t node, std::span<const Value> keys);
    [[nodiscard]] Value document(std::int32_t node);
    [[nodiscard]] Value new_document(std::int32_t node);
    [[nodiscard]] Value base_document(std::int32_t node) const;
    [[nodiscard]] std::vector<Value> path_of(std::int32_t node) const;
    [[nodiscard]] Value base_over(const Value& base, const Value& made);
    [[nodiscard]] Value set_below(const Value& base, std::span<const Value> path, const Value& value);
    [[nodiscard]] std::vector<Value> keys_below(std::int32_t node);

    // rules.cpp
    [[nodiscard]] Value group_value(std::int32_t group);
    [[nodiscard]] Value new_group_value(const RuleGroup& group);
    [[nodiscard]] Value single_value(const RuleGroup& group, std::span<const Value> operands);
    [[nodiscard]] Value partial_set(const RuleGroup& group);
    [[nodiscard]] Value partial_object(const RuleGroup& group);
    [[nodiscard]] Value function_value(std::int32_t group, std::span<const Value> operands);
    [[nodiscard]] Value evaluate_chain(std::int32_t rule, const RuleGroup& group,
                                       std::span<const Value> operands);
    [[nodiscard]] bool evaluate_all(const RuleGroup& group);
    [[nodiscard]] Value evaluate_one(const RuleCode& rule, const RuleGroup& group,
                                     std::span<const Value> operands);
    [[nodiscard]] std::span<const std::uint32_t> candidates(const RuleGroup& group,
                                                            std::span<const Value> operands) const;
    void explain(const Frame& frame);
    [[nodiscard]] Scratch::Memo* find_memo(std::int32_t function, std::span<const Value> operands,
                                           std::uint32_t hash);

    struct Nested;
    [[nodiscard]] bool insert_nested(Nested& tree, std::span<const Value> path, const Value& value,
                                     bool element);
    [[nodiscard]] Value build_nested(const Nested& tree);
    [[nodiscard]] Value nested_document(std::int32_t node, std::span<const Value> keys);
    [[nodiscard]] bool fill_nested(Nested& tree, std::int32_t node, std::span<const Value> keys);

    const QueryCode* query_;
    const Program* program_;
    Scratch* scratch_;
    const EvalSettings* settings_;
    Arena& arena_;
    BuiltinContext context_;
    Value data_;
    Value input_;
    std::vector<Override> overrides_;
    std::vector<Mock> mocks_;
    std::vector<Saved> saved_;
    std::vector<std::vector<Value>>* rows_ = nullptr;
    Nested* nested_ = nullptr;
    std::uint64_t generation_ = 0;
    std::uint64_t first_generation_ = 0;
    std::size_t memo_used_ = 0;
    std::uint64_t steps_ = 0;
    std::uint32_t countdown_ = 1;
    std::size_t depth_ = 0;
    std::size_t print_bytes_ = 0;
    std::size_t block_ = 0;      ///< register block in use
    std::size_t block_used_ = 0; ///< registers used of it
    Location at_;
    const CodeUnit* at_unit_ = nullptr;
    std::optional<EvalError> error_;
    std::chrono::steady_clock::time_point deadline_;
};

} // namespace redoubt::rego
