// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/resource_policy.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/crypto/digest.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::services::key_broker {
namespace {

namespace bj = boost::json;

std::string data_of(const PolicyRequest& request) {
    bj::array path;
    for (const auto& segment : request.path) path.emplace_back(segment);
    bj::object query;
    for (const auto& [name, value] : request.query) query[name] = value;
    return bj::serialize(bj::object{
        {"plugin", request.plugin}, {"resource-path", std::move(path)}, {"query", std::move(query)}});
}

} // namespace

struct ResourcePolicy::Compiled {
    rego::Engine engine;
    rego::Query allow;
    rego::Query allow_host;
};

Result<ResourcePolicy> ResourcePolicy::compile(std::string_view text) {
    auto engine = rego::Engine::build({{"policy.rego", std::string(text)}});
    if (!engine) return fail(Code::invalid_argument, "resource policy: {}", rego::render(engine.error()));
    auto allow = engine->prepare("data.policy.allow");
    if (!allow) return fail(Code::invalid_argument, "resource policy: {}", rego::render(allow.error()));
    auto allow_host = engine->prepare("data.policy.allow_host");
    if (!allow_host)
        return fail(Code::invalid_argument, "resource policy: {}", rego::render(allow_host.error()));
    RDT_TRY(const auto digest, crypto::digest_of(text));
    return ResourcePolicy(
        std::make_shared<Compiled>(Compiled{*std::move(engine), *std::move(allow), *std::move(allow_host)}),
        digest.str());
}

Result<bool> ResourcePolicy::allows(std::string_view claims, const PolicyRequest& request, tee::Time now,
                                    Asker asker) const {
    RDT_CHECK(compiled_->engine.set_data(data_of(request)));
    const auto query =
        compiled_->engine.renew(asker == Asker::host ? compiled_->allow_host : compiled_->allow);
    rego::EvalSettings settings;
    settings.limits.max_steps = 2'000'000;
    settings.limits.max_memory = 32U << 20U;
    settings.limits.max_time = std::chrono::seconds(2);
    settings.environment.now_ns = std::chrono::nanoseconds(now.time_since_epoch()).count();
    const auto outcome = query.evaluate_json(claims, settings);
    if (!outcome) return fail(Code::failed_precondition, "resource policy: {}", outcome.error().render());
    return outcome->value().is_true();
}

} // namespace redoubt::services::key_broker
