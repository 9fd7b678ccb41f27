// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/seccomp.hpp"

#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace redoubt::guest::oci_runtime {

namespace {

struct ReleaseFilter {
    void operator()(void* context) const { ::seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

Result<std::uint32_t> parse_action(std::string_view name, std::optional<std::uint32_t> errno_return) {
    const std::uint32_t number = errno_return.value_or(EPERM) & 0xffffU;
    if (name == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
    if (name == "SCMP_ACT_ERRNO") return static_cast<std::uint32_t>(SCMP_ACT_ERRNO(number));
    if (name == "SCMP_ACT_KILL" || name == "SCMP_ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
    if (name == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
    if (name == "SCMP_ACT_TRAP") return SCMP_ACT_TRAP;
    if (name == "SCMP_ACT_TRACE") return static_cast<std::uint32_t>(SCMP_ACT_TRACE(number));
    if (name == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
    return fail(Code::invalid_argument, "seccomp: unknown action '{}'", name);
}

Result<scmp_compare> parse_operator(std::string_view name) {
    if (name == "SCMP_CMP_NE") return SCMP_CMP_NE;
    if (name == "SCMP_CMP_LT") return SCMP_CMP_LT;
    if (name == "SCMP_CMP_LE") return SCMP_CMP_LE;
    if (name == "SCMP_CMP_EQ") return SCMP_CMP_EQ;
    if (name == "SCMP_CMP_GE") return SCMP_CMP_GE;
    if (name == "SCMP_CMP_GT") return SCMP_CMP_GT;
    if (name == "SCMP_CMP_MASKED_EQ") return SCMP_CMP_MASKED_EQ;
    return fail(Code::invalid_argument, "seccomp: unknown operator '{}'", name);
}

Status add_architectures(void* filter, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        constexpr std::string_view k_prefix = "SCMP_ARCH_";
        std::string word(name.starts_with(k_prefix) ? std::string_view(name).substr(k_prefix.size()) : name);
        std::ranges::transform(word, word.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
        const std::uint32_t token = ::seccomp_arch_resolve_name(word.c_str());
        if (token == 0) return fail(Code::invalid_argument, "seccomp: unknown architecture '{}'", name);
        const int added = ::seccomp_arch_add(filter, token);
        if (added != 0 && added != -EEXIST) return fail_errno(-added, "seccomp: add architecture {}", name);
    }
    return {};
}

Status set_flags(void* filter, const std::vector<std::string>& flags) {
    for (const auto& flag : flags) {
        scmp_filter_attr attribute{};
        if (flag == "SECCOMP_FILTER_FLAG_LOG")
            attribute = SCMP_FLTATR_CTL_LOG;
        else if (flag == "SECCOMP_FILTER_FLAG_SPEC_ALLOW")
            attribute = SCMP_FLTATR_CTL_SSB;
        else if (flag == "SECCOMP_FILTER_FLAG_TSYNC")
            continue; // one thread: nothing to synchronise
        else
            return fail(Code::invalid_argument, "seccomp: unknown flag '{}'", flag);
        if (const int set = ::seccomp_attr_set(filter, attribute, 1); set != 0)
            return fail_errno(-set, "seccomp: set {}", flag);
    }
    return {};
}

Result<std::vector<scmp_arg_cmp>> parse_arguments(const std::vector<oci::SeccompArgument>& arguments) {
    std::vector<scmp_arg_cmp> comparisons;
    for (const auto& argument : arguments) {
        if (argument.index > 5)
            return fail(Code::invalid_argument, "seccomp: no argument {}", argument.index);
        RDT_TRY(const auto op, parse_operator(argument.op));
        comparisons.push_back(
            {static_cast<unsigned>(argument.index), op, argument.value, argument.value_two});
    }
    return comparisons;
}

/// A comparison each where one argument is compared twice, which libseccomp does not take together: any of
/// them decides, as with runc.
std::vector<std::vector<scmp_arg_cmp>> alternatives_of(const std::vector<scmp_arg_cmp>& comparisons) {
    std::array<int, 6> uses{};
    for (const auto& comparison : comparisons) ++uses.at(comparison.arg);
    if (std::ranges::max(uses) < 2) return {comparisons};
    std::vector<std::vector<scmp_arg_cmp>> alternatives;
    alternatives.reserve(comparisons.size());
    for (const auto& comparison : comparisons) alternatives.push_back({comparison});
    return alternatives;
}

Status add_rule(void* filter, const oci::SeccompRule& rule, std::uint32_t default_action) {
    RDT_TRY(const auto action, parse_action(rule.action, rule.errno_return));
    if (action == default_action) return {}; // libseccomp refuses rules that change nothing
    RDT_TRY(const auto comparisons, parse_arguments(rule.arguments));
    for (const auto& name : rule.names) {
        const int number = ::seccomp_syscall_resolve_name(name.c_str());
        if (number == __NR_SCMP_ERROR) continue;
        for (const auto& together : alternatives_of(comparisons)) {
            const int added = ::seccomp_rule_add_array(
                filter, action, number, static_cast<unsigned>(together.size()), together.data());
            if (added != 0 && added != -EEXIST) return fail_errno(-added, "seccomp: add a rule for {}", name);
        }
    }
    return {};
}

} // namespace

Status apply_seccomp(const oci::Seccomp& seccomp) {
    RDT_TRY(const auto default_action, parse_action(seccomp.default_action, seccomp.default_errno_return));
    const Filter filter(::seccomp_init(default_action));
    if (!filter) return fail(Code::internal, "seccomp: cannot make a filter");
    // no_new_privs is the specification's to decide, not the library's.
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0);
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    RDT_CHECK(add_architectures(filter.get(), seccomp.architectures));
    RDT_CHECK(set_flags(filter.get(), seccomp.flags));
    for (const auto& rule : seccomp.rules) RDT_CHECK(add_rule(filter.get(), rule, default_action));
    if (const int loaded = ::seccomp_load(filter.get()); loaded != 0)
        return fail_errno(-loaded, "seccomp: load");
    return {};
}

} // namespace redoubt::guest::oci_runtime
