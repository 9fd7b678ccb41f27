// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/isolation_level.hpp"

#include <array>

namespace redoubt::node::launch {
namespace {

constexpr std::array k_levels{IsolationLevel::runc, IsolationLevel::gvisor, IsolationLevel::vm,
                              IsolationLevel::confidential};

Status check_means(const ConfidentialMeans& means) {
    if (means.has_processor()) return {};
    return fail(Code::failed_precondition,
                "runtime 'confidential' cannot be had on this node: it has neither SEV-SNP nor TDX, and no "
                "simulator is configured ('redoubtctl node check' says what is missing). To try the level "
                "without protection, install redoubt-simtee and set confidential.simulator");
}

} // namespace

std::string_view name_of(IsolationLevel level) {
    switch (level) {
    case IsolationLevel::runc: return "runc";
    case IsolationLevel::gvisor: return "gvisor";
    case IsolationLevel::vm: return "vm";
    case IsolationLevel::confidential: return "confidential";
    }
    return "";
}

Result<IsolationLevel> parse_isolation_level(std::string_view name) {
    if (name.empty()) return IsolationLevel::vm;
    for (const auto level : k_levels)
        if (name == name_of(level)) return level;
    return fail(Code::invalid_argument, "runtime '{}' is not vm, confidential, gvisor or runc", name);
}

Status check_level(IsolationLevel wanted, IsolationLevel minimum, const ConfidentialMeans& means) {
    if (wanted < minimum)
        return fail(Code::permission_denied,
                    "runtime '{}' is below this node's minimum, '{}': choose that or a stronger one with "
                    "--runtime, or let the node's operator change runtime.minimum_level",
                    name_of(wanted), name_of(minimum));
    if (wanted == IsolationLevel::confidential) return check_means(means);
    return {};
}

} // namespace redoubt::node::launch
