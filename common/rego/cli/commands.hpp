// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Arguments of redoubt-policy, and its commands.

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::rego::cli {

struct Options {
    std::string command;
    std::vector<std::string> positional;
    std::vector<std::string> data; ///< files and folders of modules and JSON data
    std::string input;
    std::string query;
    std::string format; ///< none given: json for eval, lines for bench
    bool strict_builtin_errors = false;
    bool strict = false;
    bool v0 = false;
    bool verbose = false;
    bool coverage = false;
    std::string only; ///< of conformance: a category
};

[[nodiscard]] Result<Options> parse_options(std::vector<std::string> arguments);

/// Modules and data found under the given paths.
struct Inputs {
    std::vector<Source> modules;
    std::vector<std::string> data; ///< JSON texts of objects, merged at the root
};
[[nodiscard]] Result<Inputs> load_inputs(const std::vector<std::string>& paths);
[[nodiscard]] Result<Engine> load_engine(const Options& options, bool keep_prints);
/// Settings with the time of now and the zones of this machine.
[[nodiscard]] EvalSettings settings_of(const Options& options);

// Each gives the exit status.
[[nodiscard]] Result<int> run_eval(const Options& options);
[[nodiscard]] Result<int> run_check(const Options& options);
[[nodiscard]] Result<int> run_test(const Options& options);
[[nodiscard]] Result<int> run_explain(const Options& options);
[[nodiscard]] Result<int> run_bench(const Options& options);
[[nodiscard]] Result<int> run_conformance(const Options& options);

} // namespace redoubt::rego::cli
