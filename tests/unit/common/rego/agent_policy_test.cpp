// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::rego {
namespace {

std::string read_part(const char* name) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    const std::filesystem::path folder =
        std::filesystem::path(source == nullptr ? "." : source) / "tests/unit/common/rego/agent_policy";
    return read_file(folder / name).value();
}

/// A decision is a boolean, or an object that says "allowed"; anything else refuses.
bool allows(const Value& decision) {
    return decision.is_true() || decision.at("allowed").is_true();
}

TEST(AgentPolicy, IsAsLongAsThoseThatAreGenerated) {
    const std::string text = read_part("policy.rego");
    EXPECT_GE(std::ranges::count(text, '\n'), 1500);
    std::size_t prints = 0;
    for (std::size_t at = text.find("print("); at != std::string::npos; at = text.find("print(", at + 1))
        ++prints;
    EXPECT_GE(prints, 300U);
}

TEST(AgentPolicy, DecidesEachRequestAsItShould) {
    if (all_builtins().find("json.patch") == nullptr) GTEST_SKIP() << "json.patch is not built";
    const std::string text = read_part("policy.rego");
    const std::string base = read_part("request.json");
    const std::string requests = read_part("requests.jsonl");
    for (const RegoVersion version : {RegoVersion::v0, RegoVersion::v1}) {
        EngineOptions options;
        options.compile.version = version;
        options.compile.keep_prints = true;
        auto engine = Engine::build({{"policy.rego", text}}, std::move(options));
        ASSERT_TRUE(engine) << render(engine.error());
        ASSERT_TRUE(engine->set_data(R"({"pstate": {}})"));
        std::size_t count = 0;
        for (std::size_t start = 0; start < requests.size(); ++count) {
            const std::size_t end = std::min(requests.find('\n', start), requests.size());
            Arena arena;
            const Value one =
                parse_json(arena, std::string_view(requests).substr(start, end - start)).value();
            start = end + 1;
            Engine patched = *engine;
            ASSERT_TRUE(
                patched.set_data(one.at("request").is_string() ? base : render_json(one.at("request"))));
            ASSERT_TRUE(patched.patch_data(one.at("patch")) || one.at("patch").size() == 0);
            const std::string input = render_json(patched.data());
            const auto query =
                engine->prepare("data.agent_policy." + std::string(one.at("rule").as_string()));
            ASSERT_TRUE(query) << render(query.error());
            const auto outcome = query->evaluate_json(input, {});
            ASSERT_TRUE(outcome) << outcome.error().render();
            EXPECT_EQ(allows(outcome->value()), one.at("want").is_true()) << one.at("note").as_string();
        }
        EXPECT_GE(count, 100U);
    }
}

TEST(AgentPolicy, KeepsWhatItLearntInItsState) {
    auto engine = Engine::build({{"policy.rego", read_part("policy.rego")}}, {});
    ASSERT_TRUE(engine);
    ASSERT_TRUE(engine->set_data(R"({"pstate": {}})"));
    const std::string request = read_part("request.json");
    const auto query = engine->prepare("data.agent_policy.CreateContainerRequest");
    const auto first = query->evaluate_json(request, {});
    ASSERT_TRUE(first);
    EXPECT_EQ(render_json(first->value().at("ops")), R"([{"op":"add","path":"/name","value":"pod-a"}])");
    ASSERT_TRUE(engine->set_data(R"({"pstate": {"name": "pod-a"}})"));
    EXPECT_EQ(render_json(engine->renew(*query).evaluate_json(request, {})->value()),
              R"({"allowed":true,"ops":[]})");
    ASSERT_TRUE(engine->set_data(R"({"pstate": {"name": "pod-b"}})"));
    EXPECT_FALSE(allows(engine->renew(*query).evaluate_json(request, {})->value()));
}

} // namespace
} // namespace redoubt::rego
