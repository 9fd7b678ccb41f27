// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Guests by the thousand for a key broker. A plan (load_plan.hpp) comes in, what came of it goes out, both
/// JSON. kbs_load.py writes plans for a broker of its own.
///
///     kbs_load < PLAN

#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iostream>
#include <iterator>

#include "tests/performance/kbs/load.hpp"

namespace redoubt::performance {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_usage = "usage: kbs_load < PLAN\nSee tests/performance/kbs_load.py.\n";

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

template <class Time>
double milliseconds(Time time) {
    return rounded(std::chrono::duration<double, std::milli>(time).count());
}

/// The least time that a share of the operations stayed within.
Duration quantile(const std::vector<Duration>& sorted, double share) {
    if (sorted.empty()) return {};
    const auto place = std::ceil(share * static_cast<double>(sorted.size()));
    return sorted[std::min(static_cast<std::size_t>(std::max(place, 1.0)), sorted.size()) - 1];
}

bj::object render(const LoadPlan& plan, Outcome outcome) {
    auto& latencies = outcome.latencies;
    std::ranges::sort(latencies);
    const auto seconds = std::chrono::duration<double>(outcome.taken).count();
    const auto done = static_cast<double>(std::max<std::size_t>(latencies.size(), 1));
    return {{"operation", plan.operation == Operation::read ? "read" : "handshake"},
            {"connections", plan.connections},
            {"offered_per_second", plan.rate},
            {"achieved_per_second", rounded(static_cast<double>(latencies.size()) / seconds)},
            {"succeeded", latencies.size()},
            {"errors", outcome.errors},
            {"first_error", outcome.first_error},
            {"p50_ms", milliseconds(quantile(latencies, 0.5))},
            {"p99_ms", milliseconds(quantile(latencies, 0.99))},
            {"max_ms", milliseconds(quantile(latencies, 1.0))},
            {"broker_processor_ms", milliseconds(outcome.broker / done)},
            {"client_processor_ms", milliseconds(outcome.client / done)},
            {"resident_kib", bj::array(outcome.resident_kib.begin(), outcome.resident_kib.end())}};
}

Result<std::string> report_of(const std::string& text) {
    RDT_TRY(auto plan, parse_plan(text));
    RDT_TRY(const auto parts, GuestParts::make(std::move(plan)));
    asio::io_context io(1);
    Result<Outcome> outcome = fail(Code::internal, "the load has not ended");
    asio::co_spawn(io, run_load(parts), [&](const std::exception_ptr& error, Result<Outcome> ended) {
        if (error) std::rethrow_exception(error);
        outcome = std::move(ended);
    });
    io.run();
    if (!outcome) return std::unexpected(std::move(outcome).error());
    return bj::serialize(render(parts.plan, *std::move(outcome)));
}

int run(int argc) {
    if (argc != 1) {
        std::cerr << k_usage;
        return 2;
    }
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const auto report = report_of(text);
    if (!report) {
        std::cerr << "kbs_load: " << report.error().message << "\n";
        return 1;
    }
    std::cout << *report << "\n";
    return 0;
}

} // namespace
} // namespace redoubt::performance

int main(int argc, char**) {
    try {
        return redoubt::performance::run(argc);
    } catch (const std::exception& error) {
        std::cerr << "kbs_load: " << error.what() << "\n";
        return 1;
    }
}
