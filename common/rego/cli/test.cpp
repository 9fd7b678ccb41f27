// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>
#include <iostream>
#include <map>
#include <set>

#include "common/rego/cli/commands.hpp"

namespace redoubt::rego::cli {
namespace {

enum class TestVerdict : std::uint8_t { passed, failed, broken, todo };

std::string last_part(const std::string& name) {
    return name.substr(name.rfind('.') + 1);
}

TestVerdict run_one(const Engine& engine, const std::string& name, const EvalSettings& settings,
                    std::string& why, std::vector<std::string>& prints) {
    if (last_part(name).starts_with("todo_")) return TestVerdict::todo;
    const auto query = engine.prepare(name);
    if (!query) {
        why = render(query.error());
        return TestVerdict::broken;
    }
    auto outcome = query->evaluate(settings);
    if (!outcome) {
        why = outcome.error().render();
        return TestVerdict::broken;
    }
    prints = std::move(outcome->prints);
    return outcome->value().is_true() ? TestVerdict::passed : TestVerdict::failed;
}

/// Lines of the policies whose statements ran, and those that have any.
void report_coverage(const Program& program, const std::vector<bool>& ran) {
    std::map<std::uint32_t, std::pair<std::set<std::uint32_t>, std::set<std::uint32_t>>> by_file;
    // A constant without a condition is known at load: nothing of it runs.
    std::set<std::size_t> constants;
    for (const RuleCode& rule : program.rules) {
        if (rule.unconditional && rule.constant_result) constants.insert(rule.start);
    }
    for (std::size_t i = 0; i < program.unit.code.size(); ++i) {
        if (constants.contains(i)) continue;
        const Location& at = program.unit.locations[i];
        by_file[at.file].first.insert(at.row);
        if (ran[i]) by_file[at.file].second.insert(at.row);
    }
    for (const auto& [file, rows] : by_file) {
        const auto& [all, covered] = rows;
        std::cout << std::format("{}: {} of {} lines, {:.1f} %\n", program.unit.sources[file].name,
                                 covered.size(), all.size(),
                                 100.0 * static_cast<double>(covered.size()) /
                                     static_cast<double>(std::max<std::size_t>(all.size(), 1)));
        std::string missing;
        for (const std::uint32_t row : all) {
            if (!covered.contains(row)) missing += std::format(" {}", row);
        }
        if (!missing.empty()) std::cout << "  not covered:" << missing << '\n';
    }
}

} // namespace

Result<int> run_test(const Options& options) {
    RDT_TRY(const auto engine, load_engine(options, /*keep_prints=*/true));
    EvalSettings settings = settings_of(options);
    std::vector<bool> ran(engine.program().unit.code.size());
    settings.coverage = options.coverage ? &ran : nullptr;
    std::map<TestVerdict, int> counts;
    for (const RuleGroup& group : engine.program().groups) {
        const std::string part = last_part(group.name);
        if (group.kind != GroupKind::complete ||
            (!part.starts_with("test_") && !part.starts_with("todo_test_")))
            continue;
        std::string why;
        std::vector<std::string> prints;
        const TestVerdict verdict = run_one(engine, group.name, settings, why, prints);
        ++counts[verdict];
        if (verdict == TestVerdict::passed && !options.verbose) continue;
        const std::string_view word = verdict == TestVerdict::passed   ? "PASS"
                                      : verdict == TestVerdict::failed ? "FAIL"
                                      : verdict == TestVerdict::todo   ? "SKIPPED"
                                                                       : "ERROR";
        std::cout << std::format("{}: {}\n", group.name, word);
        if (!why.empty()) std::cout << "  " << why << '\n';
        for (const std::string& line : prints) std::cout << "  " << line << '\n';
    }
    if (options.coverage) report_coverage(engine.program(), ran);
    const int bad = counts[TestVerdict::failed] + counts[TestVerdict::broken];
    std::cout << std::format("{} passed, {} failed, {} skipped\n", counts[TestVerdict::passed], bad,
                             counts[TestVerdict::todo]);
    return bad == 0 ? 0 : 2;
}

} // namespace redoubt::rego::cli
