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

std::string row_text(const Row& row) {
    std::string text = "{";
    for (const auto& [name, value] : row.bindings) {
        if (text.size() > 1) text += ',';
        append_json_string(text, name);
        text += ':';
        append_json(text, value);
    }
    return text + "}";
}

void print_outcome(const Outcome& outcome, const std::string& format) {
    if (outcome.value().is_defined()) {
        const bool raw_string = format == "raw" && outcome.value().is_string();
        std::cout << (raw_string           ? std::string(outcome.value().as_string())
                      : format == "pretty" ? render_json_pretty(outcome.value())
                                           : render_json(outcome.value()))
                  << '\n';
        return;
    }
    if (outcome.rows.empty()) std::cout << "undefined\n";
    for (const Row& row : outcome.rows) std::cout << row_text(row) << '\n';
}

} // namespace

Result<int> run_eval(const Options& options) {
    RDT_TRY(const auto outcome, evaluate(options, settings_of(options)));
    if (!outcome) {
        std::cerr << outcome.error().render() << '\n';
        return 1;
    }
    for (const std::string& line : outcome->prints) std::cerr << line << '\n';
    print_outcome(*outcome, options.format);
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
    print_outcome(*outcome, "pretty");
    for (const std::string& line : outcome->prints) std::cout << "print: " << line << '\n';
    for (const std::string& line : outcome->explanations()) std::cout << line << '\n';
    return 0;
}

} // namespace redoubt::rego::cli
