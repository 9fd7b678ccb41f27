// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/decision/decider.hpp"

#include <algorithm>
#include <format>

namespace redoubt::agent_policy {
namespace {

constexpr std::size_t k_most_reasons = 24;
constexpr std::string_view k_default_helper = "data.agent_policy.field (";

Decision refused(std::string reason) {
    return {.allowed = false, .reasons = {std::move(reason)}};
}

/// The rules are the names of messages; nothing else is ever asked for.
bool is_name(std::string_view rule) {
    return !rule.empty() && std::ranges::all_of(rule, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

/// A place in the state as a place in the data: policies name it either way.
std::string place_in_data(std::string_view path) {
    constexpr std::string_view k_state = "/pstate";
    const bool is_named = path == k_state || path.starts_with("/pstate/");
    return is_named ? std::string(path) : std::string(k_state) + std::string(path);
}

/// The operations with their places below data.pstate. Errors: not a list of objects with a path.
Result<rego::Value> below_state(rego::Arena& arena, const rego::Value& operations) {
    if (!operations.is_array()) return fail(Code::invalid_argument, "ops are not an array");
    rego::ArrayBuilder list;
    for (const auto& operation : operations.items()) {
        if (!operation.is_object() || !operation.at("path").is_string())
            return fail(Code::invalid_argument, "an operation without a path");
        rego::ObjectBuilder moved;
        for (const auto& member : operation.members()) {
            const bool is_place = member.key.as_string() == "path" || member.key.as_string() == "from";
            moved.insert(member.key, is_place && member.value.is_string()
                                         ? rego::make_string(arena, place_in_data(member.value.as_string()))
                                         : member.value);
        }
        list.push(moved.build(arena));
    }
    return list.build(arena);
}

} // namespace

std::string Decision::summary() const {
    std::string out;
    for (const auto& reason : reasons) out += (out.empty() ? "" : "; ") + reason;
    return out;
}

Result<std::unique_ptr<Decider>> Decider::load(std::string name, std::string text) {
    auto engine = rego::Engine::build({{std::move(name), std::move(text)}});
    if (!engine) return fail(Code::invalid_argument, "{}", rego::render(engine.error()));
    RDT_CHECK(engine->set_data(R"({"pstate":{}})"));
    return std::unique_ptr<Decider>(new Decider(*std::move(engine)));
}

Result<const rego::Query*> Decider::query_of(const std::string& rule) {
    auto found = queries_.find(rule);
    if (found == queries_.end()) {
        auto query = engine_.prepare("data.agent_policy." + rule);
        if (!query) return fail(Code::invalid_argument, "{}", rego::render(query.error()));
        found = queries_.emplace(rule, *std::move(query)).first;
    }
    return &found->second;
}

Decision Decider::decide(std::string_view rule, std::string_view input) {
    if (!is_name(rule)) return refused(std::format("'{}' is not the name of a rule", rule));
    const std::scoped_lock lock(mutex_);
    const auto query = query_of(std::string(rule));
    if (!query) return refused(query.error().message);
    auto decision = evaluate(engine_.renew(**query), input);
    if (!decision.allowed)
        decision.reasons.insert(decision.reasons.begin(),
                                std::format("data.agent_policy.{} does not allow it", rule));
    return decision;
}

Decision Decider::evaluate(const rego::Query& query, std::string_view input) {
    const auto outcome = query.evaluate_json(input, {});
    if (!outcome) return refused(outcome.error().render());
    const auto value = outcome->value();
    if (value.is_true()) return {.allowed = true, .reasons = {}};
    if (value.is_object() && value.at("allowed").is_true()) {
        const auto applied = apply(value.at("ops"));
        if (applied) return {.allowed = true, .reasons = {}};
        return refused(std::format("its ops cannot be applied: {}", applied.error().message));
    }
    // Asked once more, now for the reasons: only who refuses pays for them.
    rego::EvalSettings settings;
    settings.explain = true;
    const auto explained = query.evaluate_json(input, settings);
    Decision decision;
    if (explained) decision.reasons = explained->explanations();
    // The generated policies' way to a default: that its first branch gave nothing refuses nothing.
    std::erase_if(decision.reasons,
                  [](const std::string& reason) { return reason.contains(k_default_helper); });
    if (decision.reasons.size() > k_most_reasons) decision.reasons.resize(k_most_reasons);
    return decision;
}

Status Decider::apply(const rego::Value& operations) {
    if (operations.is_undefined()) return {};
    rego::Arena arena;
    RDT_TRY(const auto moved, below_state(arena, operations));
    return engine_.patch_data(moved);
}

std::string Decider::state() const {
    const std::scoped_lock lock(mutex_);
    return rego::render_json(engine_.data().at("pstate"));
}

} // namespace redoubt::agent_policy
