// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <atomic>
#include <format>
#include <thread>

#include "common/rego/engine.hpp"

namespace redoubt::rego {
namespace {

Engine engine_of(std::string policy, EngineOptions options = {}) {
    auto engine = Engine::build({{"p.rego", std::move(policy)}}, std::move(options));
    if (!engine) ADD_FAILURE() << render(engine.error());
    return std::move(engine).value();
}

/// The value of a query as JSON, "undefined", or the error.
std::string answer(const Engine& engine, std::string_view query, std::string_view input = "{}",
                   const EvalSettings& settings = {}) {
    const auto prepared = engine.prepare(query);
    if (!prepared) return render(prepared.error());
    const auto outcome = prepared->evaluate_json(input, settings);
    if (!outcome) return outcome.error().render();
    return outcome->value().is_undefined() ? "undefined" : render_json(outcome->value());
}

TEST(RegoEngine, DecidesByRulesDataAndInput) {
    Engine engine = engine_of(R"(package t
default allow := false
allow if {
	some user in data.users
	user.name == input.name
	"admin" in user.roles
})");
    ASSERT_TRUE(
        engine.set_data(R"({"users": [{"name": "ada", "roles": ["admin"]}, {"name": "bob", "roles": []}]})"));
    EXPECT_EQ(answer(engine, "data.t.allow", R"({"name": "ada"})"), "true");
    EXPECT_EQ(answer(engine, "data.t.allow", R"({"name": "bob"})"), "false");
    EXPECT_EQ(answer(engine, "data.t.other"), "undefined");
}

TEST(RegoEngine, GivesEverySolutionOfAQueryWithVariables) {
    const Engine engine = engine_of("package t\nxs := [1, 2, 3]");
    const auto query = engine.prepare("x = data.t.xs[i]; x > 1");
    ASSERT_TRUE(query);
    const auto outcome = query->evaluate(EvalSettings{});
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->rows.size(), 2U);
    EXPECT_EQ(outcome->rows[0].bindings.size(), 2U);
}

TEST(RegoEngine, TriesOnlyDefinitionsWhoseConstantsFitAndAnswersTheSame) {
    std::string policy = "package t\ndefault level := 0\n";
    for (int i = 1; i <= 100; ++i) policy += std::format("level := {} if input.kind == \"k{}\"\n", i, i);
    policy += "f(\"a\") := 1\nf(\"b\") := 2\nf(x) := 3 if x > 5\n";
    const Engine engine = engine_of(policy);
    EvalSettings all;
    all.use_index = false;
    for (const char* input : {R"({"kind": "k7"})", R"({"kind": "none"})", "{}", "[]", R"({"kind": 7})"}) {
        EXPECT_EQ(answer(engine, "data.t.level", input), answer(engine, "data.t.level", input, all)) << input;
    }
    EXPECT_EQ(answer(engine, "data.t.level", R"({"kind": "k42"})"), "42");
    EXPECT_NE(engine.program().groups[0].index, nullptr);
}

TEST(RegoEngine, PatchesItsDataAndLeavesPreparedQueriesAlone) {
    if (all_builtins().find("json.patch") == nullptr) GTEST_SKIP() << "json.patch is not built";
    Engine engine = engine_of("package t\nx := data.pstate.x");
    ASSERT_TRUE(engine.set_data(R"({"pstate": {"x": 1}})"));
    const auto query = engine.prepare("data.t.x");
    ASSERT_TRUE(query);
    Arena arena;
    const auto patch = parse_json(arena, R"([{"op": "replace", "path": "/pstate/x", "value": 2}])");
    ASSERT_TRUE(engine.patch_data(*patch));
    EXPECT_EQ(render_json(query->evaluate(EvalSettings{})->value()), "1");
    EXPECT_EQ(render_json(engine.renew(*query).evaluate(EvalSettings{})->value()), "2");
    const auto wrong = parse_json(arena, R"([{"op": "remove", "path": "/none"}])");
    EXPECT_FALSE(engine.patch_data(*wrong));
    EXPECT_EQ(render_json(engine.data()), R"({"pstate":{"x":2}})");
}

TEST(RegoEngine, AsksTheHostOnceForTheSameOperands) {
    auto calls = std::make_shared<std::atomic<int>>(0);
    EngineOptions options;
    options.hosts.push_back(
        {"query_reference_value", 1,
         [calls](BuiltinContext& context, std::span<const Value> operands) -> BuiltinResult {
             ++*calls;
             if (!operands[0].is_string()) return operand_error(1, operands[0], {Kind::string});
             return make_string(context.arena(), "ref-" + std::string(operands[0].as_string()));
         }});
    const Engine engine = engine_of(R"(package t
a := query_reference_value("x")
b := query_reference_value("x")
c := query_reference_value(1))",
                                    std::move(options));
    EXPECT_EQ(answer(engine, "data.t"), R"({"a":"ref-x","b":"ref-x"})");
    EXPECT_EQ(*calls, 2);
}

TEST(RegoEngine, KeepsPrintsAndShowsWhatIsUndefined) {
    EngineOptions options;
    options.compile.keep_prints = true;
    const Engine engine = engine_of(
        "package t\np if { print(\"got\", input.a, input.b, [1, \"x\"]); input.a == 1 }", std::move(options));
    const auto outcome = engine.prepare("data.t.p")->evaluate_json(R"({"a": 1})", {});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->prints, std::vector<std::string>{"got 1 <undefined> [1, \"x\"]"});
}

TEST(RegoEngine, SaysWhichStatementARuleDidNotGetPast) {
    const Engine engine = engine_of("package t\nallow if {\n\tinput.a == 1\n\tinput.b == 2\n}");
    EvalSettings settings;
    settings.explain = true;
    const auto outcome = engine.prepare("data.t.allow")->evaluate_json(R"({"a": 1, "b": 3})", settings);
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->refusals.size(), 1U);
    EXPECT_EQ(outcome->refusals[0].rule, "data.t.allow");
    EXPECT_EQ(outcome->refusals[0].statement_at.row, 4U);
    EXPECT_TRUE(outcome->explanations().front().contains("input.b == 2"));
}

TEST(RegoEngine, TellsAHundredMistakesAndThatThereAreMore) {
    std::string text = "package t\n";
    for (int i = 0; i < 2'000; ++i) text += std::format("p{} if nosuch({})\n", i, i);
    const auto engine = Engine::build({{"many.rego", text}}, {});
    ASSERT_FALSE(engine);
    ASSERT_EQ(engine.error().size(), 101U);
    EXPECT_EQ(engine.error().front().row, 2U);
    EXPECT_EQ(engine.error().back().message, "too many errors; the others are not shown");
}

TEST(RegoEngine, ShowsBothEndsOfALongCycle) {
    std::string text = "package t\n";
    for (int i = 0; i < 2'000; ++i) text += std::format("p{} if p{}\n", i, i + 1);
    const auto engine = Engine::build({{"long.rego", text + "p2000 if p0\n"}}, {});
    ASSERT_FALSE(engine);
    EXPECT_EQ(name_of(engine.error().front().code), "rego_recursion_error");
    EXPECT_TRUE(engine.error().front().message.contains(" -> (1982 more) -> "))
        << engine.error().front().message;
}

TEST(RegoEngine, EndsWhatHasNoEnd) {
    const Engine engine = engine_of(R"(package t
xs := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
steps if { some a in xs; some b in xs; some c in xs; some d in xs; some e in xs; some f in xs; some g in xs; some h in xs; a + b + c + d + e + f + g + h == -1 }
memory := count([[a, b, c, d, e, f, g] | some a in xs; some b in xs; some c in xs; some d in xs; some e in xs; some f in xs; some g in xs])
)");
    EvalSettings settings;
    settings.limits.max_steps = 100'000;
    EXPECT_TRUE(answer(engine, "data.t.steps", "{}", settings).contains("eval_limit_error: too many steps"));
    settings.limits.max_steps = 100'000'000;
    settings.limits.max_memory = 1U << 20U;
    EXPECT_TRUE(answer(engine, "data.t.memory", "{}", settings).contains("eval_limit_error"));
    EXPECT_TRUE(answer(engine, "data.t.steps", std::string(300, '[')).contains("eval_limit_error"));
}

TEST(RegoEngine, MayNameABuiltinItDoesNotHaveWhereARuleReplacesIt) {
    const Engine engine = engine_of(R"(package t
fake(_) := {"body": 1}
get := http.send({"method": "get"}).body
test := x if x := get with http.send as fake)");
    EXPECT_EQ(answer(engine, "data.t.test"), "1");
    // Not replaced, it ends the evaluation, strict or not.
    EXPECT_TRUE(answer(engine, "data.t.get").contains("http.send: this engine does not have it"));
}

TEST(RegoEngine, TakesARuleWrittenWithParenthesesForADocumentThatMayBeCalled) {
    const Engine engine =
        engine_of("package t\nstate() := input.s\np := state() + data.t.state()\nq if state()");
    EXPECT_EQ(answer(engine, "data.t", R"({"s": 2})"), R"({"p":4,"q":true,"state":2})");
    EXPECT_EQ(answer(engine, "data.t.state()", R"({"s": 2})"), "2");
    EXPECT_EQ(answer(engine, "data.t", R"({})"), "{}");
}

TEST(RegoEngine, GivesTheAnnotationsOfARuleAndOfWhatIsAroundIt) {
    const Engine engine = engine_of(R"(# METADATA
# title: All
# authors:
# - Ada <ada@example.org>
package t

# METADATA
# title: One
# custom:
#   severity: HIGH
p := rego.metadata.rule()

chain := rego.metadata.chain()
)");
    EXPECT_EQ(answer(engine, "data.t.p"), R"({"custom":{"severity":"HIGH"},"scope":"rule","title":"One"})");
    EXPECT_EQ(
        answer(engine, "data.t.chain"),
        R"([{"path":["t","chain"]},{"annotations":{"authors":[{"email":"ada@example.org","name":"Ada"}],)"
        R"("scope":"package","title":"All"},"path":["t"]}])");
}

TEST(RegoEngine, FindsWhatWithPutsInPlaceBeforeTheExpression) {
    const Engine engine = engine_of("package t\np contains [i, x] if { x := input with input as data.n[i] }\n"
                                    "q contains i if { not input.a with input as input.b[i] }");
    EXPECT_EQ(answer(engine, "data.t.q", R"({"b": [{"a": 1}, {"a": false}, {}]})"), "[1,2]");
    EXPECT_EQ(answer(engine, "data.t.p"), "[]");
}

TEST(RegoEngine, TakesOneVariableForKeyAndValue) {
    const Engine engine = engine_of("package t\np contains x if some x, x in [1, 1, 2, 0]");
    EXPECT_EQ(answer(engine, "data.t.p"), "[1,2]");
}

TEST(RegoEngine, LetsADomainBindWhatTheBodyOfEveryUses) {
    const Engine engine = engine_of("package t\np contains k if { every x in input[k] { x != k } }");
    EXPECT_EQ(answer(engine, "data.t.p", R"({"a": ["b"], "b": ["b"]})"), R"(["a"])");
}

TEST(RegoEngine, AnswersManyThreadsAtOnce) {
    const Engine engine = engine_of(R"(package t
sum_of(xs) := sum([y | some x in xs; y := x * 2])
p := {"total": sum_of(input.xs), "names": {n | some n in input.names}})");
    const auto query = engine.prepare("data.t.p");
    ASSERT_TRUE(query);
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const auto outcome =
                    query->evaluate_json(std::format(R"({{"xs": [{}, {}], "names": ["a", "a"]}})", t, i), {});
                const std::string wanted = std::format(R"({{"names":["a"],"total":{}}})", 2 * (t + i));
                if (!outcome || render_json(outcome->value()) != wanted) ++wrong;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(wrong, 0);
}

TEST(RegoEngine, RefusesInputThatIsNotJson) {
    const Engine engine = engine_of("package t\np := 1");
    EXPECT_TRUE(answer(engine, "data.t.p", "{").contains("input: line 1"));
}

} // namespace
} // namespace redoubt::rego
