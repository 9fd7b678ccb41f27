// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <ctime>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <format>
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
    const double warm = median_us(rounds_for(once), [&] { std::ignore = evaluate(); });
    std::cout << std::format("load and compile       {:>12.1f} us (mean of 11, time of the thread)\n",
                             compile);
    std::cout << std::format("evaluate, prepared     {:>12.2f} us (median of {})\n", warm, rounds_for(once));
    if (!input.empty()) {
        const double parse = median_us(rounds_for(once), [&] {
            Arena arena;
            std::ignore = parse_json(arena, input);
        });
        const double whole =
            median_us(rounds_for(once), [&] { std::ignore = query->evaluate_json(input, settings); });
        std::cout << std::format("parse the input        {:>12.2f} us ({} bytes)\n", parse, input.size());
        std::cout << std::format("parse and evaluate     {:>12.2f} us\n", whole);
    }
    std::cout << std::format("steps                  {:>12}\n", first->steps);
    std::cout << std::format("memory of evaluation   {:>12} bytes\n", first->memory);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << std::format("peak of the process    {:>12} KiB\n", usage.ru_maxrss);
    return 0;
}

} // namespace redoubt::rego::cli
