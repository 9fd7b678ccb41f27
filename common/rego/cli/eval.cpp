// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <iostream>

#include "common/base/file.hpp"
#include "common/rego/cli/commands.hpp"

namespace redoubt::rego::cli {
namespace {

Result<std::expected<Outcome, EvalError>> evaluate(const Options& options, const EvalSettings& settings) {
    if (options.positional.size() != 1) return fail(Code::invalid_argument, "one query expected");
    RDT_TRY(auto engine, load_engine(options, /*keep_prints=*/true));
    auto query = engine.prepare(options.positional.front());
    if (!query) return fail(Code::invalid_argument, "{}", render(query.error()));
    if (options.input.empty()) return query->evaluate(settings);
    RDT_TRY(const auto input, read_file(options.input, 64U << 20U));
    return query->evaluate_json(input, settings);
}

std::string bindings_text(const Row& row) {
    std::string text = "{";
    for (const auto& [name, value] : row.bindings) {
        if (text.size() > 1) text += ',';
        append_json_string(text, name);
        text += ':';
        append_json(text, value);
    }
    return text + "}";
}

/// As `opa eval` prints it; a query of several expressions is shown as one, which is true.
std::string result_text(const Outcome& outcome, const std::string& query) {
    std::string text = "{";
    for (const Row& row : outcome.rows) {
        text += text.size() == 1 ? R"("result":[{"expressions":[{"value":)" : R"(,{"expressions":[{"value":)";
        append_json(text, row.value.is_defined() ? row.value : Value::boolean(true));
        text += R"(,"text":)";
        append_json_string(text, query);
        text += R"(,"location":{"row":1,"col":1}}])";
        if (!row.bindings.empty()) text += R"(,"bindings":)" + bindings_text(row);
        text += '}';
    }
    return text + (text.size() == 1 ? "}" : "]}");
}

/// Each solution's value, or its bindings when it has none.
void print_rows(const Outcome& outcome, bool pretty) {
    if (outcome.rows.empty()) std::cout << "undefined\n";
    for (const Row& row : outcome.rows) {
        if (row.value.is_undefined()) {
            std::cout << bindings_text(row) << '\n';
        } else if (pretty) {
            std::cout << render_json_pretty(row.value) << '\n';
        } else {
            std::cout << (row.value.is_string() ? std::string(row.value.as_string()) : render_json(row.value))
                      << '\n';
        }
    }
}

} // namespace

Result<int> run_eval(const Options& options) {
    RDT_TRY(const auto outcome, evaluate(options, settings_of(options)));
    if (!outcome) {
        std::cerr << outcome.error().render() << '\n';
        return 1;
    }
    for (const std::string& line : outcome->prints) std::cerr << line << '\n';
    if (options.format.empty() || options.format == "json") {
        Arena arena;
        const auto result = parse_json(arena, result_text(*outcome, options.positional.front()));
        std::cout << (result ? render_json_pretty(*result) : result.error().message) << '\n';
    } else {
        print_rows(*outcome, options.format == "pretty");
    }
    return 0;
}

Result<int> run_check(const Options& options) {
    RDT_TRY(const auto engine, load_engine(options, /*keep_prints=*/true));
    (void)engine;
    return 0;
}

Result<int> run_explain(const Options& options) {
    EvalSettings settings = settings_of(options);
    settings.explain = true;
    RDT_TRY(const auto outcome, evaluate(options, settings));
    if (!outcome) {
        std::cerr << outcome.error().render() << '\n';
        return 1;
    }
    print_rows(*outcome, /*pretty=*/true);
    for (const std::string& line : outcome->prints) std::cout << "print: " << line << '\n';
    for (const std::string& line : outcome->explanations()) std::cout << line << '\n';
    return 0;
}

} // namespace redoubt::rego::cli
