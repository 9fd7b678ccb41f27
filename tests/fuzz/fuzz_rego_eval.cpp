// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/rego/engine.hpp"

/// A policy and an input (after a line of "---") are evaluated under small limits; twice gives the same, and
/// so does trying every definition of each rule.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = text.find("\n---\n");
    EngineOptions options;
    options.compile.keep_prints = true;
    auto engine = Engine::build({{"fuzz.rego", text.substr(0, cut)}}, std::move(options));
    if (!engine) return 0;
    const auto query = engine->prepare("data");
    if (!query) return 0;
    EvalSettings settings;
    settings.limits = {
        .max_steps = 50'000, .max_memory = 4U << 20U, .max_depth = 200, .max_print_bytes = 4096};
    const auto run = [&] {
        const auto outcome = cut == std::string::npos ? query->evaluate(settings)
                                                      : query->evaluate_json(text.substr(cut + 5), settings);
        return outcome ? render_json(outcome->value()) : std::string(name_of(outcome.error().code));
    };
    const std::string first = run();
    if (run() != first) std::abort();
    settings.use_index = false;
    const std::string whole = run();
    // Trying more definitions may meet an error or a limit that the index avoided.
    if (whole != first && !whole.starts_with("eval_")) std::abort();
    return 0;
}
