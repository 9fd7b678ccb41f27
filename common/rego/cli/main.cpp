// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/cli/commands.hpp"

#include <filesystem>
#include <iostream>

#include "common/base/file.hpp"

namespace redoubt::rego::cli {
namespace {

constexpr std::string_view k_usage = R"(redoubt-policy: evaluates and checks Rego policies

  redoubt-policy eval    -d PATH... [-i FILE] [-q] QUERY [--format json|pretty|raw] [--strict-builtin-errors]
  redoubt-policy check   PATH... [--strict]
  redoubt-policy test    PATH... [--coverage] [-v]
  redoubt-policy explain -d PATH... [-i FILE] QUERY
  redoubt-policy bench   -d PATH... [-i FILE] QUERY
  redoubt-policy conformance DIR... [--only CATEGORY] [-v]

  -d PATH            a module (.rego), a JSON object for data (.json), or a folder of these
  -i FILE            the input, JSON
  --v0-compatible    modules are Rego v0
)";

Result<int> dispatch(const Options& options) {
    if (options.command == "eval") return run_eval(options);
    if (options.command == "check") return run_check(options);
    if (options.command == "test") return run_test(options);
    if (options.command == "explain") return run_explain(options);
    if (options.command == "bench") return run_bench(options);
    if (options.command == "conformance") return run_conformance(options);
    std::cout << k_usage;
    return options.command.empty() || options.command == "help" || options.command == "--help" ? 0 : 2;
}

} // namespace

Result<Options> parse_options(std::vector<std::string> arguments) {
    Options options;
    if (!arguments.empty()) options.command = arguments.front();
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const auto value = [&]() -> Result<std::string> {
            if (i + 1 == arguments.size()) return fail(Code::invalid_argument, "{} needs a value", word);
            return arguments[++i];
        };
        if (word == "-d" || word == "--data") {
            RDT_TRY(auto path, value());
            options.data.push_back(std::move(path));
        } else if (word == "-i" || word == "--input") {
            RDT_TRY(options.input, value());
        } else if (word == "-f" || word == "--format") {
            RDT_TRY(options.format, value());
            if (options.format != "json" && options.format != "pretty" && options.format != "raw")
                return fail(Code::invalid_argument, "--format {}: none of json, pretty, raw", options.format);
        } else if (word == "--only") {
            RDT_TRY(options.only, value());
        } else if (word == "-q") {
            // As `opa eval`'s --quiet; the query is the argument that follows.
        } else if (word == "--strict-builtin-errors") {
            options.strict_builtin_errors = true;
        } else if (word == "--strict") {
            options.strict = true;
        } else if (word == "--v0-compatible") {
            options.v0 = true;
        } else if (word == "--coverage") {
            options.coverage = true;
        } else if (word == "-v") {
            options.verbose = true;
        } else if (word.starts_with("-")) {
            return fail(Code::invalid_argument, "unknown option {}", word);
        } else {
            options.positional.push_back(word);
        }
    }
    return options;
}

Result<Inputs> load_inputs(const std::vector<std::string>& paths) {
    Inputs inputs;
    std::vector<std::filesystem::path> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            files.emplace_back(path);
            continue;
        }
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
            const auto extension = entry.path().extension();
            if (extension == ".rego" || extension == ".json") found.push_back(entry.path());
        }
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    for (const auto& file : files) {
        RDT_TRY(auto text, read_file(file));
        if (file.extension() == ".json") {
            inputs.data.push_back(std::move(text));
        } else {
            inputs.modules.push_back({file.string(), std::move(text)});
        }
    }
    return inputs;
}

Result<Engine> load_engine(const Options& options, bool keep_prints) {
    std::vector<std::string> paths = options.data;
    if (options.command == "check" || options.command == "test")
        paths.insert(paths.end(), options.positional.begin(), options.positional.end());
    RDT_TRY(auto inputs, load_inputs(paths));
    EngineOptions engine_options;
    engine_options.compile.version = options.v0 ? RegoVersion::v0 : RegoVersion::v1;
    engine_options.compile.strictness = options.strict ? Strictness::strict : Strictness::normal;
    engine_options.compile.keep_prints = keep_prints;
    auto engine = Engine::build(std::move(inputs.modules), std::move(engine_options));
    if (!engine) return fail(Code::invalid_argument, "{}", render(engine.error()));
    if (inputs.data.empty()) return *std::move(engine);
    Arena arena;
    ObjectBuilder merged;
    for (const std::string& text : inputs.data) {
        RDT_TRY(const Value object, parse_json(arena, text));
        if (!object.is_object()) return fail(Code::invalid_argument, "data must be an object");
        for (const Member& member : object.members()) merged.insert(member.key, member.value);
    }
    RDT_CHECK(engine->set_data(render_json(merged.build(arena))));
    return *std::move(engine);
}

EvalSettings settings_of(const Options& options) {
    EvalSettings settings;
    settings.strict_builtin_errors = options.strict_builtin_errors;
    settings.environment.now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count();
    settings.environment.seed = static_cast<std::uint64_t>(settings.environment.now_ns);
    static const ZoneSource zones = [](std::string_view name) {
        if (name.contains("..") || name.starts_with('/')) return std::string();
        return read_file(std::filesystem::path("/usr/share/zoneinfo") / name).value_or(std::string());
    };
    settings.environment.zones = &zones;
    return settings;
}

} // namespace redoubt::rego::cli

int main(int count, char** words) {
    using namespace redoubt::rego::cli;
    const auto options = parse_options({words + 1, words + count});
    if (!options) {
        std::cerr << "redoubt-policy: " << options.error().message << '\n';
        return 2;
    }
    const auto status = dispatch(*options);
    if (status) return *status;
    std::cerr << status.error().message << '\n';
    return 1;
}
