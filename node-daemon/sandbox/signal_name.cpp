// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/signal_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string>

namespace redoubt::node::sandbox {
namespace {

// Source: signal(7), column "x86/ARM"; the index is the number.
constexpr std::array<std::string_view, 32> k_names = {
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};
// glibc keeps 32 and 33 for itself, so that applications see these.
constexpr int k_rtmin = 34;
constexpr int k_rtmax = 64;

/// Far below any signal when it is not a number, so that no sum with it is one.
int number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : -1000;
}

} // namespace

Result<int> parse_signal(std::string_view text) {
    std::string name(text);
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::toupper(letter); });
    if (name.starts_with("SIG")) name.erase(0, 3);
    int number = number_of(name);
    if (const auto* found = std::ranges::find(k_names, std::string_view(name));
        !name.empty() && found != k_names.end())
        number = static_cast<int>(found - k_names.begin());
    else if (name == "RTMIN")
        number = k_rtmin;
    else if (name == "RTMAX")
        number = k_rtmax;
    else if (name.starts_with("RTMIN+"))
        number = k_rtmin + number_of(std::string_view(name).substr(6));
    else if (name.starts_with("RTMAX-"))
        number = k_rtmax - std::abs(number_of(std::string_view(name).substr(6)));
    if (number < 1 || number > k_rtmax) return fail(Code::invalid_argument, "'{}' is not a signal", text);
    return number;
}

} // namespace redoubt::node::sandbox
