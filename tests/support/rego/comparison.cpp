// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/rego/comparison.hpp"

#include "common/rego/engine.hpp"
#include "tests/support/rego/oracle.hpp"
#include "tests/support/rego/policy_writer.hpp"

namespace redoubt::rego::testing {

Comparison compare_with_oracle(const std::string& policy) {
    Comparison made;
    static const BuiltinRegistry builtins = all_builtins();
    auto engine = Engine::build({{"p.rego", policy}});
    if (!engine || !engine->set_data(k_written_data)) return made;
    const auto query = engine->prepare("data.t");
    if (!query) return made;
    const auto outcome = query->evaluate_json(k_written_input, EvalSettings{});
    made.engine = outcome ? render_rego(outcome->value()) : outcome.error().render();
    made.verdict = Comparison::Verdict::unanswered;
    if (!outcome && outcome.error().code == EvalCode::limit) return made;
    const std::vector<Source> sources{{"p.rego", policy}};
    const auto module = parse_module(sources, 0, RegoVersion::v1);
    Arena arena;
    const Value data = parse_json(arena, k_written_data).value();
    const Value input = parse_json(arena, k_written_input).value();
    try {
        made.oracle = render_rego(Oracle(*module, builtins, arena, data, input).package());
    } catch (const NoAnswer& none) {
        made.oracle = "no answer: " + none.why;
        return made;
    }
    made.verdict = made.oracle == made.engine ? Comparison::Verdict::agreed : Comparison::Verdict::disagreed;
    return made;
}

} // namespace redoubt::rego::testing
