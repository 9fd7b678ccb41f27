// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <filesystem>
#include <format>
#include <iostream>
#include <map>
#include <set>

#include "common/base/file.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/cli/commands.hpp"
#include "common/rego/cli/suite_builtins.hpp"

namespace redoubt::rego::cli {
namespace {

enum class Verdict : std::uint8_t { passed, failed, skipped };

struct Tally {
    int passed = 0;
    int failed = 0;
    int skipped = 0;

    void count(Verdict verdict) {
        ++(verdict == Verdict::passed ? passed : verdict == Verdict::failed ? failed : skipped);
    }
};

/// Category to tier, from the table in the suite's README.
std::map<std::string, char> read_tiers(const std::filesystem::path& folder) {
    std::map<std::string, char> tiers;
    const auto text = read_file(folder / "README.md");
    if (!text) return tiers;
    for (std::size_t start = 0; start < text->size();) {
        const std::size_t end = std::min(text->find('\n', start), text->size());
        const std::string_view line(text->data() + start, end - start);
        start = end + 1;
        const std::size_t second = line.find(" | ");
        if (!line.starts_with("| ") || second == std::string_view::npos || second + 4 >= line.size() ||
            line[second + 4] != ' ')
            continue;
        tiers[std::string(line.substr(2, second - 2))] = line[second + 3];
    }
    return tiers;
}

std::string text_of(const Value& object, std::string_view key) {
    const Value value = object.at(key);
    return value.is_string() ? std::string(value.as_string()) : std::string();
}

Value sorted_arrays(Arena& arena, const Value& value) {
    if (!value.is_array()) return value;
    std::vector<Value> items(value.items().begin(), value.items().end());
    std::ranges::sort(items, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    return make_array(arena, items);
}

/// One case of the suite, judged as its README says.
class Case {
  public:
    Case(const Value& description, RegoVersion version, char tier, const EvalSettings& settings)
        : description_(description), version_(version), tier_(tier), settings_(settings) {}

    Verdict judge() {
        const bool experimental = description_.at("experimental_keywords").is_defined();
        EngineOptions options;
        options.compile.version = version_;
        options.builtins.add(suite_builtins());
        if (tier_ == 'B') options.builtins.add(signing_builtins());
        std::vector<Source> modules;
        if (const Value texts = description_.at("modules"); texts.is_array()) {
            for (const Value& text : texts.items()) {
                modules.push_back(
                    {std::format("test-{}.rego", modules.size()), std::string(text.as_string())});
            }
        }
        auto engine = Engine::build(std::move(modules), std::move(options));
        if (!engine) return refused(render(engine.error()), experimental);
        if (const Value data = description_.at("data"); data.is_object()) {
            if (const auto set = engine->set_data(render_json(data)); !set)
                return wrong("data: " + set.error().message);
        }
        auto query = engine->prepare(text_of(description_, "query"));
        if (!query) return refused(render(query.error()), experimental);
        if (tier_ == 'O') return wrong("out of scope, and not refused at load");
        settings_.strict_builtin_errors = description_.at("strict_error").is_true();
        auto outcome = query->evaluate(settings_, [&](Arena& arena) { return input(*engine, arena); });
        return outcome ? compare_rows(*outcome) : compare_error(outcome.error());
    }

    [[nodiscard]] const std::string& why() const { return why_; }

  private:
    Verdict wrong(std::string why) {
        why_ = std::move(why);
        return Verdict::failed;
    }

    Verdict refused(std::string why, bool experimental) {
        why_ = std::move(why);
        if (tier_ == 'O') return Verdict::passed;
        return experimental ? Verdict::skipped : Verdict::failed;
    }

    Result<Value> input(const Engine& engine, Arena& arena) const {
        const std::string term = text_of(description_, "input_term");
        if (term.empty()) {
            const Value given = description_.at("input");
            return given.is_defined() ? copy_value(arena, given) : Value();
        }
        auto query = engine.prepare("input_term_value = " + term);
        if (!query) return fail(Code::invalid_argument, "{}", render(query.error()));
        const auto outcome = query->evaluate(settings_);
        if (!outcome || outcome->rows.empty()) return fail(Code::invalid_argument, "input_term has no value");
        for (const auto& [name, value] : outcome->rows.front().bindings) {
            if (name == "input_term_value") return copy_value(arena, value);
        }
        return Value();
    }

    Verdict compare_error(const EvalError& error) {
        const std::string code = text_of(description_, "want_error_code");
        const std::string text = text_of(description_, "want_error");
        why_ = error.render();
        if (code.empty() && text.empty()) return Verdict::failed;
        if (!code.empty() && code != name_of(error.code)) return Verdict::failed;
        return why_.contains(text) ? Verdict::passed : Verdict::failed;
    }

    Verdict compare_rows(const Outcome& outcome) {
        if (description_.at("want_error_code").is_defined() || description_.at("want_error").is_defined()) {
            return wrong("an error expected: " + text_of(description_, "want_error_code") + " " +
                         text_of(description_, "want_error"));
        }
        const bool sorts = description_.at("sort_bindings").is_true();
        const bool ignores = description_.at("ignore_generated_vars").is_true();
        Arena arena;
        SetBuilder got;
        for (const Row& row : outcome.rows) {
            ObjectBuilder object;
            for (const auto& [name, value] : row.bindings) {
                if (ignores && name.starts_with("__localq")) continue;
                const Value plain = to_json_value(arena, value);
                object.insert(make_string(arena, name), sorts ? sorted_arrays(arena, plain) : plain);
            }
            got.insert(object.build(arena));
        }
        SetBuilder wanted;
        if (const Value rows = description_.at("want_result"); rows.is_array()) {
            for (const Value& row : rows.items()) {
                ObjectBuilder object;
                for (const Member& member : row.members())
                    object.insert(member.key, sorts ? sorted_arrays(arena, member.value) : member.value);
                wanted.insert(object.build(arena));
            }
        } else {
            return Verdict::passed;
        }
        const Value mine = got.build(arena);
        const Value theirs = wanted.build(arena);
        if (mine == theirs) return Verdict::passed;
        return wrong("got " + render_json(mine) + "\n   want " + render_json(theirs));
    }

    Value description_;
    RegoVersion version_;
    char tier_;
    EvalSettings settings_;
    std::string why_;
};

class Suite {
  public:
    explicit Suite(const Options& options) : options_(&options), settings_(settings_of(options)) {}

    Status run(const std::filesystem::path& folder) {
        tiers_ = read_tiers(folder);
        for (const auto version : {RegoVersion::v1, RegoVersion::v0}) {
            const auto place = folder / (version == RegoVersion::v1 ? "v1" : "v0");
            std::error_code error;
            std::set<std::filesystem::path> files;
            for (const auto& entry : std::filesystem::directory_iterator(place, error)) {
                if (entry.path().extension() == ".jsonl") files.insert(entry.path());
            }
            for (const auto& file : files) RDT_CHECK(run_file(file, version));
        }
        return {};
    }

    int report() const {
        Tally all;
        std::cout << std::format("{:<44} {:>4} {:>7} {:>7} {:>7}\n", "category", "tier", "passed", "failed",
                                 "skipped");
        for (const auto& [name, tally] : categories_) {
            std::cout << std::format("{:<44} {:>4} {:>7} {:>7} {:>7}\n", name, tier_of(name.substr(3)),
                                     tally.passed, tally.failed, tally.skipped);
        }
        for (const auto& [name, tally] : totals_) {
            std::cout << std::format("{:<49} {:>7} {:>7} {:>7}\n", name, tally.passed, tally.failed,
                                     tally.skipped);
            all.passed += tally.passed;
            all.failed += tally.failed;
            all.skipped += tally.skipped;
        }
        std::cout << std::format("{} passed, {} failed, {} skipped\n", all.passed, all.failed, all.skipped);
        return all.failed == 0 ? 0 : 1;
    }

  private:
    [[nodiscard]] char tier_of(const std::string& category) const {
        const auto found = tiers_.find(category);
        return found == tiers_.end() ? 'L' : found->second;
    }

    Status run_file(const std::filesystem::path& file, RegoVersion version) {
        const std::string category = file.stem().string();
        if (!options_->only.empty() && options_->only != category &&
            options_->only != std::string(1, tier_of(category)))
            return {};
        RDT_TRY(const auto text, read_file(file, 256U << 20U));
        const std::string versioned = (version == RegoVersion::v1 ? "v1/" : "v0/") + category;
        const char tier = tier_of(category);
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            const std::string_view line(text.data() + start, end - start);
            start = end + 1;
            if (line.empty()) continue;
            Arena arena;
            RDT_TRY(const Value description, parse_json(arena, line));
            Case one(description, version, tier, settings_);
            const Verdict verdict = one.judge();
            categories_[versioned].count(verdict);
            totals_[std::format("tier {} {}", tier, versioned.substr(0, 2))].count(verdict);
            if (verdict == Verdict::failed || (options_->verbose && verdict == Verdict::skipped)) {
                std::cout << std::format("{} {}: {}\n   {}\n",
                                         verdict == Verdict::failed ? "FAILED" : "skipped", versioned,
                                         text_of(description, "note"), one.why());
            }
        }
        return {};
    }

    const Options* options_;
    EvalSettings settings_;
    std::map<std::string, char> tiers_;
    std::map<std::string, Tally> categories_;
    std::map<std::string, Tally> totals_;
};

} // namespace

Result<int> run_conformance(const Options& options) {
    if (options.positional.empty()) return fail(Code::invalid_argument, "a folder of cases expected");
    Suite suite(options);
    for (const std::string& folder : options.positional) RDT_CHECK(suite.run(folder));
    return suite.report();
}

} // namespace redoubt::rego::cli
