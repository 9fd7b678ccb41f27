// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A policy and its state: requests in, decisions out. What a guest asks before it does anything.
///
///     RDT_TRY(auto decider, Decider::load("policy.rego", text));
///     const Decision decision = decider->decide("CreateContainerRequest", input);
///     if (!decision.allowed) return refuse(decision.summary());
///
/// Whatever is not a clear yes is a no: nothing defined, an error, a limit, a state that cannot be changed as
/// the policy says. docs/formats/policy.md

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::agent_policy {

struct Decision {
    bool allowed = false;
    /// Of a refusal: rules and the expressions they did not get past, the deepest last.
    std::vector<std::string> reasons;

    /// All reasons in one line.
    [[nodiscard]] std::string summary() const;
};

/// Thread: any. Deciding and changing the state is one step: of two requests that exclude each other one
/// wins.
class Decider {
  public:
    /// Errors: invalid_argument with the places a policy that does not load is wrong at.
    [[nodiscard]] static Result<std::unique_ptr<Decider>> load(std::string name, std::string text);

    /// `rule`: the name of the request's message, "CreateContainerRequest". `input`: the request as JSON.
    [[nodiscard]] Decision decide(std::string_view rule, std::string_view input);

    /// data.pstate as JSON. For tests and people.
    [[nodiscard]] std::string state() const;

  private:
    explicit Decider(rego::Engine engine) : engine_(std::move(engine)) {}
    [[nodiscard]] Result<const rego::Query*> query_of(const std::string& rule);
    [[nodiscard]] Decision evaluate(const rego::Query& query, std::string_view input);
    [[nodiscard]] Status apply(const rego::Value& operations);

    mutable std::mutex mutex_;
    rego::Engine engine_;
    std::map<std::string, rego::Query, std::less<>> queries_;
};

} // namespace redoubt::agent_policy
