// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/accelerator.hpp"

#include <fcntl.h>

#include <format>
#include <tuple>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

using launch::Accelerator;

constexpr std::string_view k_cache_format = "redoubt accelerator probe 1";

AcceleratorChoice without_kvm(const std::string& why) {
    return {.accelerator = Accelerator::tcg, .reason = "software emulation, as kvm does not work: " + why};
}

Task<AcceleratorChoice> probe(ProbeInputs inputs, TrialBoot trial) {
    if (!inputs.kvm_device.empty())
        if (const auto device = open_file(inputs.kvm_device, O_RDWR); !device)
            co_return without_kvm(device.error().message);
    const auto cached = read_file(inputs.cache);
    if (const auto known = parse_probe_cache(cached.value_or(""), inputs.key)) co_return *known;
    const auto booted = co_await trial();
    const auto choice = booted ? AcceleratorChoice{.accelerator = Accelerator::kvm,
                                                   .reason = "a guest kernel booted under kvm"}
                               : without_kvm(booted.error().message);
    // A probe that cannot be remembered is made again next time; that is all.
    std::ignore = write_file(inputs.cache, render_probe_cache(inputs.key, choice));
    co_return choice;
}

std::string one_line(std::string text) {
    for (char& c : text)
        if (c == '\n' || c == '\r') c = ' ';
    return text;
}

/// Cuts the first line off.
std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

} // namespace

Result<AcceleratorWish> parse_accelerator_wish(std::string_view text) {
    if (text == "auto") return AcceleratorWish::automatic;
    if (text == "kvm") return AcceleratorWish::kvm;
    if (text == "tcg") return AcceleratorWish::tcg;
    return fail(Code::invalid_argument, "accelerator '{}' is none of auto, kvm, tcg", text);
}

std::string render_probe_cache(const std::string& key, const AcceleratorChoice& choice) {
    return std::format("{}\n{}\n{}\n{}\n", k_cache_format, one_line(key),
                       choice.accelerator == Accelerator::kvm ? "kvm" : "tcg", one_line(choice.reason));
}

std::optional<AcceleratorChoice> parse_probe_cache(std::string_view text, std::string_view key) {
    if (take_line(text) != k_cache_format || take_line(text) != one_line(std::string(key)))
        return std::nullopt;
    const auto name = take_line(text);
    const auto reason = take_line(text);
    if ((name != "kvm" && name != "tcg") || reason.empty()) return std::nullopt;
    return AcceleratorChoice{.accelerator = name == "kvm" ? Accelerator::kvm : Accelerator::tcg,
                             .reason = std::string(reason)};
}

Task<AcceleratorChoice> choose_accelerator(ProbeInputs inputs, TrialBoot trial) {
    if (inputs.wish == AcceleratorWish::tcg)
        co_return AcceleratorChoice{.accelerator = Accelerator::tcg,
                                    .reason = "software emulation, as configured"};
    const auto wish = inputs.wish;
    RDT_CO_TRY(auto choice, co_await probe(std::move(inputs), std::move(trial)));
    if (wish == AcceleratorWish::kvm && choice.accelerator != Accelerator::kvm)
        co_return fail(Code::failed_precondition, "kvm is configured, but: {}", choice.reason);
    co_return choice;
}

} // namespace redoubt::node::host
