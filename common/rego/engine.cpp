// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/engine.hpp"

#include <algorithm>
#include <format>

namespace redoubt::rego {

std::unique_ptr<Scratch> ScratchPool::take() {
    {
        const std::scoped_lock lock(mutex_);
        if (!free_.empty()) {
            auto scratch = std::move(free_.back());
            free_.pop_back();
            return scratch;
        }
    }
    return std::make_unique<Scratch>();
}

void ScratchPool::give_back(std::unique_ptr<Scratch> scratch) {
    constexpr std::size_t k_most_idle = 64;
    scratch->arena.reset();
    scratch->query.clear();
    scratch->values.clear();
    const std::scoped_lock lock(mutex_);
    if (free_.size() < k_most_idle) free_.push_back(std::move(scratch));
}

Outcome::~Outcome() {
    if (scratch_) pool_->give_back(std::move(scratch_));
}

std::vector<std::string> Outcome::explanations() const {
    std::vector<std::string> lines;
    const std::vector<Source>& sources = code_->program->unit.sources;
    for (const Refusal& one : refusals) {
        const Diagnostic place = diagnose(sources, one.statement_at, Complaint::compile, "");
        const std::size_t start = std::min(place.line.find_first_not_of(" \t"), place.line.size());
        lines.push_back(std::format("{}{} ({}:{}) gave nothing at {}:{}:{}: {}",
                                    std::string(std::size_t{one.depth} * 2, ' '), one.rule, place.file,
                                    one.rule_at.row, place.file, place.row, place.column,
                                    place.line.substr(start)));
    }
    return lines;
}

std::expected<Outcome, EvalError> Query::run(const EvalSettings& settings, std::unique_ptr<Scratch> scratch,
                                             const Value& input) const {
    std::vector<std::vector<Value>> rows;
    Evaluator evaluator(*code_, *scratch, settings, data_->value, input);
    auto error = evaluator.run_query(rows);
    if (error) {
        pool_->give_back(std::move(scratch));
        return std::unexpected(*std::move(error));
    }
    const std::size_t memory = scratch->arena.used();
    Outcome outcome(code_, pool_, std::move(scratch), data_);
    outcome.prints = std::move(evaluator.prints);
    outcome.refusals = std::move(evaluator.refusals);
    outcome.steps = evaluator.steps();
    outcome.memory = memory;
    for (const std::vector<Value>& values : rows) {
        Row& row = outcome.rows.emplace_back();
        for (std::size_t i = 0; i < code_->variables.size(); ++i)
            row.bindings.emplace_back(code_->variables[i].first, values[i]);
        if (!code_->expressions.empty()) row.value = values[code_->variables.size()];
    }
    return outcome;
}

std::unexpected<EvalError> Query::refuse_input(std::unique_ptr<Scratch> scratch, const Error& error) const {
    pool_->give_back(std::move(scratch));
    const EvalCode code = error.code == Code::resource_exhausted ? EvalCode::limit : EvalCode::builtin;
    return std::unexpected(EvalError{code, "input: " + error.message, {}, 0, 0});
}

std::expected<Outcome, EvalError> Query::evaluate_json(std::string_view input,
                                                       const EvalSettings& settings) const {
    return evaluate(settings, [&](Arena& arena) { return parse_json(arena, input); });
}

std::expected<Outcome, EvalError> Query::evaluate(const EvalSettings& settings) const {
    return evaluate(settings, [](Arena&) { return Result<Value>(Value()); });
}

Engine::Engine(std::shared_ptr<const Program> program, EngineOptions options)
    : program_(std::move(program)), options_(std::make_shared<const EngineOptions>(std::move(options))) {
    auto data = std::make_shared<DataSnapshot>();
    data->value = Value::empty_object();
    data_ = std::move(data);
}

std::expected<Engine, Diagnostics> Engine::build(std::vector<Source> modules, EngineOptions options) {
    auto program = compile_policy(std::move(modules), options.builtins, options.hosts, options.compile);
    if (!program) return std::unexpected(std::move(program).error());
    return Engine(*std::move(program), std::move(options));
}

Status Engine::set_data(std::string_view json) {
    auto data = std::make_shared<DataSnapshot>();
    RDT_TRY(data->value, parse_json(data->arena, json, options_->data_limits));
    if (!data->value.is_object()) return fail(Code::invalid_argument, "data must be an object");
    data_ = std::move(data);
    return {};
}

Status Engine::patch_data(const Value& operations) {
    const Builtin* patch = options_->builtins.find("json.patch");
    if (patch == nullptr || patch->function == nullptr)
        return fail(Code::unimplemented, "json.patch is not among the builtins");
    Arena arena(options_->data_limits.max_bytes);
    CacheSlots lasting;
    CacheSlots query;
    BuiltinContext context(arena, lasting, query);
    const Value operands[] = {data_->value, operations};
    const BuiltinResult patched = call_builtin(*patch, context, operands);
    if (!patched) return fail(Code::invalid_argument, "patch data: {}", patched.error().text);
    if (!patched->is_object()) return fail(Code::invalid_argument, "patch data: the patch does not apply");
    auto data = std::make_shared<DataSnapshot>();
    data->value = copy_value(data->arena, *patched);
    data_ = std::move(data);
    return {};
}

std::expected<Query, Diagnostics> Engine::prepare(std::string_view query) const {
    auto code = compile_query(program_, query, options_->builtins, options_->compile);
    if (!code) return std::unexpected(std::move(code).error());
    return Query(*std::move(code), data_);
}

Query Engine::renew(const Query& query) const {
    Query renewed(query.code_, data_);
    renewed.pool_ = query.pool_;
    return renewed;
}

} // namespace redoubt::rego
