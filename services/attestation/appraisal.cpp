// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/appraisal.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/encoding/json.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 8> k_claims{"instance-identity", "configuration", "executables",
                                                   "file-system",       "hardware",      "runtime-opaque",
                                                   "storage-opaque",    "sourced-data"};
constexpr std::array<std::string_view, 4> k_statuses{"none", "affirming", "warning", "contraindicated"};

int tier_of(int claim) {
    if (claim >= -1 && claim <= 1) return 0;
    const int size = std::abs(claim);
    return size < 32 ? 1 : size < 96 ? 2 : 3;
}

rego::EvalSettings settings_at(Time now) {
    rego::EvalSettings settings;
    settings.limits.max_steps = 2'000'000;
    settings.limits.max_memory = 32U << 20U;
    settings.limits.max_time = std::chrono::seconds(2);
    settings.environment.now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
    return settings;
}

/// What one query gives, as JSON; null when it is undefined.
Result<bj::value> ask(const rego::Query& query, const std::string& input, Time now) {
    const auto outcome = query.evaluate_json(input, settings_at(now));
    if (!outcome) return fail(Code::failed_precondition, "appraisal policy: {}", outcome.error().render());
    const auto value = outcome->value();
    if (!value.is_defined()) return bj::value();
    RDT_TRY(const auto document, json::parse("appraisal", rego::render_json(value)));
    return *document.root().value();
}

Result<std::map<std::string, int>> read_vector(const bj::value& value) {
    if (!value.is_object() || value.get_object().empty())
        return fail(Code::failed_precondition, "appraisal policy: trust_claims is not an object with claims");
    std::map<std::string, int> vector;
    for (const auto& claim : value.get_object()) {
        if (!std::ranges::contains(k_claims, std::string_view(claim.key())))
            return fail(Code::failed_precondition, "appraisal policy: no such trust claim: '{}'",
                        std::string(claim.key()));
        const auto* number = claim.value().if_int64();
        if (number == nullptr || *number < -128 || *number > 127)
            return fail(Code::failed_precondition, "appraisal policy: '{}' is not a number of one byte",
                        std::string(claim.key()));
        vector[std::string(claim.key())] = static_cast<int>(*number);
    }
    return vector;
}

bj::object read_extensions(const bj::value& value) {
    bj::object extensions;
    if (!value.is_array()) return extensions;
    for (const auto& item : value.get_array()) {
        if (!item.is_object() || !item.get_object().contains("name") || !item.get_object().contains("value"))
            continue;
        const auto& name = item.get_object().at("name");
        // Claims of the format itself are not a policy's to set.
        if (!name.is_string() || name.get_string().starts_with("ear.status") ||
            name.get_string().starts_with("redoubt."))
            continue;
        extensions[name.get_string()] = item.get_object().at("value");
    }
    return extensions;
}

} // namespace

struct Appraiser::Compiled {
    const ReferenceValues* values = nullptr; ///< during one appraisal
    Time now;
    std::optional<rego::Engine> engine;
    std::optional<rego::Query> claims;
    std::optional<rego::Query> extensions;

    rego::BuiltinResult query(rego::BuiltinContext& context, std::span<const rego::Value> operands) const {
        if (!operands[0].is_string()) return rego::operand_error(1, operands[0], {rego::Kind::string});
        const auto* found = values == nullptr ? nullptr : values->find(operands[0].as_string(), now);
        if (found == nullptr) return rego::Value::null();
        auto value = rego::parse_json(context.arena(), bj::serialize(found->value));
        if (!value) return rego::builtin_error(value.error().message);
        return *value;
    }
};

std::string_view status_of(int claim) {
    return k_statuses.at(static_cast<std::size_t>(tier_of(claim)));
}

Result<Appraiser> Appraiser::compile(std::string_view policy) {
    auto compiled = std::make_shared<Compiled>();
    rego::EngineOptions options;
    options.hosts.push_back(
        {"query_reference_value", 1,
         [state = compiled.get()](rego::BuiltinContext& context, std::span<const rego::Value> operands) {
             return state->query(context, operands);
         }});
    const auto refuse = [](const rego::Diagnostics& diagnostics) {
        return fail(Code::invalid_argument, "appraisal policy: {}", rego::render(diagnostics));
    };
    auto engine = rego::Engine::build({{"policy.rego", std::string(policy)}}, std::move(options));
    if (!engine) return refuse(engine.error());
    compiled->engine.emplace(*std::move(engine));
    auto claims = compiled->engine->prepare("data.policy.trust_claims");
    if (!claims) return refuse(claims.error());
    compiled->claims.emplace(*std::move(claims));
    auto extensions = compiled->engine->prepare("data.policy.extensions");
    if (!extensions) return refuse(extensions.error());
    compiled->extensions.emplace(*std::move(extensions));
    return Appraiser(std::move(compiled));
}

Result<Appraisal> Appraiser::appraise(const bj::object& input, const ReferenceValues& values,
                                      Time now) const {
    const auto text = bj::serialize(input);
    compiled_->values = &values;
    compiled_->now = now;
    const auto claims = ask(*compiled_->claims, text, now);
    const auto extensions = ask(*compiled_->extensions, text, now);
    compiled_->values = nullptr;
    if (!claims) return std::unexpected(claims.error());
    if (!extensions) return std::unexpected(extensions.error());
    Appraisal appraisal;
    RDT_TRY(appraisal.vector, read_vector(*claims));
    appraisal.extensions = read_extensions(*extensions);
    int worst = 0;
    for (const auto& [name, claim] : appraisal.vector) worst = std::max(worst, tier_of(claim));
    appraisal.status = k_statuses.at(static_cast<std::size_t>(worst));
    return appraisal;
}

} // namespace redoubt::services::attestation
