// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A policy engine for Rego: modules and data in, decisions out. No I/O, no clock of its own, no globals.
///
///     auto engine = rego::Engine::build({{"policy.rego", text}}, {});          // or Diagnostics
///     auto allow = engine->prepare("data.agent_policy.CreateContainerRequest"); // once
///     auto outcome = allow->evaluate_json(request, {});                         // often, from any thread
///     if (!outcome) return refuse(outcome.error().render());
///     const rego::Value decision = outcome->value();                            // undefined: no decision
///
/// Every failure (an error, a limit, a conflict, nothing defined) must be taken as a refusal.
/// Source: the language is that of Open Policy Agent; see docs/formats/rego.md.

#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/rego/builtins/registry.hpp"
#include "common/rego/compile/compiler.hpp"
#include "common/rego/eval/evaluator.hpp"
#include "common/rego/value/json.hpp"

namespace redoubt::rego {

/// Scratches that are not in use; shared by a query and its evaluations.
class ScratchPool {
  public:
    [[nodiscard]] std::unique_ptr<Scratch> take();
    void give_back(std::unique_ptr<Scratch> scratch);

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Scratch>> free_;
};

/// What `data` holds besides rules. Shared by the engine and running evaluations; never changed.
struct DataSnapshot {
    Arena arena;
    Value value;
};

/// One solution of a query.
struct Row {
    std::vector<std::pair<std::string_view, Value>> bindings;
    Value value; ///< of a query that is one expression
};

/// The result of one evaluation. Values live as long as it.
class Outcome {
  public:
    Outcome(std::shared_ptr<const QueryCode> code, std::shared_ptr<ScratchPool> pool,
            std::unique_ptr<Scratch> scratch, std::shared_ptr<const DataSnapshot> data)
        : code_(std::move(code)), pool_(std::move(pool)), scratch_(std::move(scratch)),
          data_(std::move(data)) {}
    Outcome(const Outcome&) = delete;
    Outcome& operator=(const Outcome&) = delete;
    Outcome(Outcome&&) = default;
    Outcome& operator=(Outcome&&) = delete;
    ~Outcome();

    /// Solutions, in the order they were found; several may be equal.
    std::vector<Row> rows;
    /// What print() said, when prints are kept.
    std::vector<std::string> prints;
    /// Why rules gave nothing, when asked to explain.
    std::vector<Refusal> refusals;
    std::uint64_t steps = 0;
    std::size_t memory = 0;

    /// Refusals in words: "data.t.allow (policy.rego:3) gave nothing at policy.rego:5:3: input.user == ...".
    [[nodiscard]] std::vector<std::string> explanations() const;

    /// Of a query that is one expression: its first value; undefined when it has none.
    [[nodiscard]] Value value() const { return rows.empty() ? Value() : rows.front().value; }

  private:
    friend class Query;
    std::shared_ptr<const QueryCode> code_;
    std::shared_ptr<ScratchPool> pool_;
    std::unique_ptr<Scratch> scratch_;
    std::shared_ptr<const DataSnapshot> data_;
};

/// A query ready to be evaluated. Thread: any number at once.
class Query {
  public:
    /// Evaluates with an input made by `make_input` in the evaluation's arena (undefined: no input).
    template <class MakeInput>
    [[nodiscard]] std::expected<Outcome, EvalError> evaluate(const EvalSettings& settings,
                                                             const MakeInput& make_input) const {
        auto scratch = pool_->take();
        scratch->arena.set_budget(settings.limits.max_memory);
        const Result<Value> input = make_input(scratch->arena);
        if (!input) return refuse_input(std::move(scratch), input.error());
        return run(settings, std::move(scratch), *input);
    }
    /// Evaluates with an input given as JSON text. Errors: also EvalCode::builtin for malformed JSON.
    [[nodiscard]] std::expected<Outcome, EvalError> evaluate_json(std::string_view input,
                                                                  const EvalSettings& settings) const;
    /// Evaluates with no input.
    [[nodiscard]] std::expected<Outcome, EvalError> evaluate(const EvalSettings& settings) const;

    [[nodiscard]] const QueryCode& code() const { return *code_; }

  private:
    friend class Engine;
    Query(std::shared_ptr<const QueryCode> code, std::shared_ptr<const DataSnapshot> data)
        : code_(std::move(code)), data_(std::move(data)), pool_(std::make_shared<ScratchPool>()) {}
    [[nodiscard]] std::expected<Outcome, EvalError>
    run(const EvalSettings& settings, std::unique_ptr<Scratch> scratch, const Value& input) const;
    [[nodiscard]] std::unexpected<EvalError> refuse_input(std::unique_ptr<Scratch> scratch,
                                                          const Error& error) const;

    std::shared_ptr<const QueryCode> code_;
    std::shared_ptr<const DataSnapshot> data_;
    std::shared_ptr<ScratchPool> pool_;
};

struct EngineOptions {
    CompileOptions compile;
    BuiltinRegistry builtins = all_builtins();
    std::vector<HostFunction> hosts;
    JsonLimits data_limits;
};

/// Modules and data. Thread: const members from any; set_data() and patch_data() by one, while nobody
/// prepares. Queries keep the data they were prepared with.
class Engine {
  public:
    [[nodiscard]] static std::expected<Engine, Diagnostics> build(std::vector<Source> modules,
                                                                  EngineOptions options = {});

    /// Replaces `data` (an object).
    [[nodiscard]] Status set_data(std::string_view json);
    /// Applies a JSON Patch (RFC 6902, an array of operations) to `data`; all of it or nothing.
    [[nodiscard]] Status patch_data(const Value& operations);
    [[nodiscard]] const Value& data() const { return data_->value; }

    [[nodiscard]] std::expected<Query, Diagnostics> prepare(std::string_view query) const;
    /// The same query against the data of now.
    [[nodiscard]] Query renew(const Query& query) const;

    [[nodiscard]] const Program& program() const { return *program_; }

  private:
    Engine(std::shared_ptr<const Program> program, EngineOptions options);

    std::shared_ptr<const Program> program_;
    std::shared_ptr<const EngineOptions> options_;
    std::shared_ptr<const DataSnapshot> data_;
};

} // namespace redoubt::rego
