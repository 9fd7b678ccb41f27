// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Answers Rego queries by our engine, as main.go does by OPA: a JSON object a line in, one a line out.
/// `rego_answers --write COUNT SEED` writes questions: policies made by chance.

#include <chrono>
#include <cstdlib>
#include <format>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "common/rego/engine.hpp"
#include "tests/support/rego/policy_writer.hpp"

namespace {

using namespace redoubt::rego;

std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

void write_questions(unsigned count, unsigned seed) {
    std::mt19937 random(seed);
    for (unsigned i = 0; i < count; ++i) {
        std::vector<std::uint8_t> choices(20 + random() % 200);
        for (std::uint8_t& choice : choices) choice = static_cast<std::uint8_t>(random());
        std::cout << std::format(R"({{"policy":{},"query":"data.t","data":{},"input":{}}})",
                                 json_text(testing::PolicyWriter(choices).module()), testing::k_written_data,
                                 testing::k_written_input)
                  << '\n';
    }
}

double micros_of(const Query& query, const std::string& input, std::int64_t repeat) {
    Arena kept;
    const Value parsed = parse_json(kept, input).value();
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < repeat; ++i)
        std::ignore =
            query.evaluate(EvalSettings{}, [&](Arena&) -> redoubt::Result<Value> { return parsed; });
    const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - start;
    return taken.count() / static_cast<double>(repeat);
}

std::string answer(const Value& question) {
    const Value policy = question.at("policy");
    EngineOptions options;
    options.compile.version = question.at("v0").is_true() ? RegoVersion::v0 : RegoVersion::v1;
    std::vector<Source> sources;
    if (policy.is_string() && policy.size() > 0)
        sources.push_back({"p.rego", std::string(policy.as_string())});
    auto engine = Engine::build(std::move(sources), std::move(options));
    if (!engine) return R"({"refused":)" + json_text(render(engine.error())) + "}";
    if (const Value data = question.at("data"); data.is_object()) {
        if (const auto set = engine->set_data(render_json(data)); !set)
            return R"({"error":)" + json_text(set.error().message) + "}";
    }
    const auto query = engine->prepare(question.at("query").as_string());
    if (!query) return R"({"refused":)" + json_text(render(query.error())) + "}";
    const std::string input =
        render_json(question.at("input").is_defined() ? question.at("input") : Value::null());
    const auto outcome = query->evaluate_json(input, EvalSettings{});
    if (!outcome) return R"({"error":)" + json_text(outcome.error().render()) + "}";
    std::string made = R"({"defined":false)";
    if (outcome->value().is_defined()) made = R"({"defined":true,"value":)" + render_json(outcome->value());
    if (const Value repeat = question.at("repeat"); repeat.is_number())
        made += std::format(R"(,"micros":{:.2f})", micros_of(*query, input, repeat.small_integer()));
    return made + "}";
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "--write") {
        write_questions(static_cast<unsigned>(std::atoi(argv[2])), static_cast<unsigned>(std::atoi(argv[3])));
        return 0;
    }
    for (std::string line; std::getline(std::cin, line);) {
        redoubt::rego::Arena arena;
        const auto question = redoubt::rego::parse_json(arena, line);
        std::cout << (question ? answer(*question) : R"({"refused":"the question is no JSON"})") << '\n';
    }
}
