// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/vm_overhead.hpp"

#include <algorithm>
#include <charconv>

namespace redoubt::node::metrics {
namespace {

constexpr std::uint64_t k_unit = 1024; // "kB"

Result<std::uint64_t> field_of(std::string_view status, std::string_view name) {
    const auto at = status.find(name);
    if (at == std::string_view::npos) return fail(Code::invalid_argument, "no {} in it", name);
    auto rest = status.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return fail(Code::invalid_argument, "{} is no number", name);
    return number * k_unit;
}

} // namespace

Result<std::uint64_t> parse_vmm_memory(std::string_view status) {
    RDT_TRY(const auto anonymous, field_of(status, "\nRssAnon:"));
    RDT_TRY(const auto shared, field_of(status, "\nRssShmem:"));
    return anonymous + shared;
}

std::map<std::string, std::uint64_t> overhead_of(const std::vector<VmMemory>& vms) {
    std::map<std::string, std::vector<std::uint64_t>> classes;
    for (const auto& vm : vms)
        classes[vm.runtime_class].push_back(vm.host - std::min(vm.host, vm.containers));
    std::map<std::string, std::uint64_t> medians;
    for (auto& [name, values] : classes) {
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::ranges::nth_element(values, middle);
        medians.emplace(name, *middle);
    }
    return medians;
}

} // namespace redoubt::node::metrics
