// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <format>
#include <fstream>
#include <iostream>
#include <tuple>

#include "common/base/file.hpp"
#include "common/rego/cli/commands.hpp"

namespace redoubt::rego::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// The median of `rounds` timings, in microseconds.
template <class Work>
double median_us(std::size_t rounds, const Work& work) {
    std::vector<double> times;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto start = Clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
    return times[times.size() / 2];
}

/// Time of this thread's own work: what other programs take does not count.
double thread_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (static_cast<double>(now.tv_sec) * 1e6) + (static_cast<double>(now.tv_nsec) / 1e3);
}

std::size_t rounds_for(double one_us) {
    constexpr double k_budget_us = 1'000'000;
    return static_cast<std::size_t>(std::clamp(k_budget_us / std::max(one_us, 0.1), 11.0, 200'000.0));
}

/// The peak of this program alone: what getrusage gives begins with that of the program that started it.
long peak_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::strtol(line.c_str() + std::string_view("VmHWM:").size(), nullptr, 10);
    return 0;
}

struct Measured {
    double compile_us = 0;  ///< mean of 11, time of the thread
    double evaluate_us = 0; ///< median; so are the two below
    std::size_t rounds = 0;
    std::size_t input_bytes = 0; ///< 0: no input was given, and nothing parsed
    double parse_us = 0;
    double whole_us = 0;
    std::size_t steps = 0;
    std::size_t memory_bytes = 0;
    long peak_kib = 0;
};

std::string as_text(const Measured& measured) {
    std::string text = std::format("load and compile       {:>12.1f} us (mean of 11, time of the thread)\n"
                                   "evaluate, prepared     {:>12.2f} us (median of {})\n",
                                   measured.compile_us, measured.evaluate_us, measured.rounds);
    if (measured.input_bytes > 0)
        text += std::format("parse the input        {:>12.2f} us ({} bytes)\n"
                            "parse and evaluate     {:>12.2f} us\n",
                            measured.parse_us, measured.input_bytes, measured.whole_us);
    return text + std::format("steps                  {:>12}\n"
                              "memory of evaluation   {:>12} bytes\n"
                              "peak of the process    {:>12} KiB\n",
                              measured.steps, measured.memory_bytes, measured.peak_kib);
}

std::string as_json(const Measured& measured) {
    return std::format(
        R"({{"compile_us": {:.1f}, "evaluate_us": {:.2f}, "rounds": {}, "input_bytes": {}, "parse_us": {:.2f}, )"
        R"("parse_and_evaluate_us": {:.2f}, "steps": {}, "memory_bytes": {}, "peak_kib": {}}})"
        "\n",
        measured.compile_us, measured.evaluate_us, measured.rounds, measured.input_bytes, measured.parse_us,
        measured.whole_us, measured.steps, measured.memory_bytes, measured.peak_kib);
}

} // namespace

Result<int> run_bench(const Options& options) {
    if (options.positional.size() != 1) return fail(Code::invalid_argument, "one query expected");
    RDT_TRY(const auto engine, load_engine(options, /*keep_prints=*/true));
    const EvalSettings settings = settings_of(options);
    const auto query = engine.prepare(options.positional.front());
    if (!query) return fail(Code::invalid_argument, "{}", render(query.error()));
    std::string input;
    if (!options.input.empty()) {
        RDT_TRY(input, read_file(options.input, 64U << 20U));
    }
    const double start = thread_us();
    constexpr int k_compilations = 11;
    for (int i = 0; i < k_compilations; ++i) std::ignore = load_engine(options, /*keep_prints=*/true);
    const double compile = (thread_us() - start) / k_compilations;
    Arena kept;
    const Value parsed = input.empty() ? Value() : parse_json(kept, input).value_or(Value());
    const auto evaluate = [&] {
        return query->evaluate(settings, [&](Arena&) { return Result<Value>(parsed); });
    };
    const auto first = evaluate();
    if (!first) return fail(Code::aborted, "{}", first.error().render());
    const double once = median_us(11, [&] { std::ignore = evaluate(); });
    Measured measured{.compile_us = compile, .rounds = rounds_for(once)};
    measured.evaluate_us = median_us(measured.rounds, [&] { std::ignore = evaluate(); });
    if (!input.empty()) {
        measured.input_bytes = input.size();
        measured.parse_us = median_us(measured.rounds, [&] {
            Arena arena;
            std::ignore = parse_json(arena, input);
        });
        measured.whole_us =
            median_us(measured.rounds, [&] { std::ignore = query->evaluate_json(input, settings); });
    }
    measured.steps = first->steps;
    measured.memory_bytes = first->memory;
    measured.peak_kib = peak_kib();
    std::cout << (options.format == "json" ? as_json(measured) : as_text(measured));
    return 0;
}

} // namespace redoubt::rego::cli
