// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/limit_flags.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

namespace pb = redoubt::node::v1;

constexpr std::uint64_t k_unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t k_largest_file = 16U << 20U;

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

Result<std::uint64_t> parse_limit(std::string_view text) {
    std::uint64_t number = 0;
    if (text == "-1" || text == "unlimited") return k_unlimited;
    if (!read_number(text, number)) return fail(Code::invalid_argument, "'{}' is not a number", text);
    return number;
}

Result<pb::Ulimit> parse_named_limit(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return fail(Code::invalid_argument, "not NAME=SOFT[:HARD], such as nofile=1024:2048");
    const auto values = text.substr(equals + 1);
    const auto colon = values.find(':');
    RDT_TRY(const auto soft, parse_limit(values.substr(0, colon)));
    RDT_TRY(const auto hard, colon == std::string_view::npos ? Result<std::uint64_t>(soft)
                                                             : parse_limit(values.substr(colon + 1)));
    if (soft > hard) return fail(Code::invalid_argument, "the soft limit is beyond the hard limit");
    pb::Ulimit limit;
    limit.set_name(std::string(text.substr(0, equals)));
    limit.set_soft(soft);
    limit.set_hard(hard);
    return limit;
}

} // namespace

Result<pb::Ulimit> parse_ulimit(const std::string& text) {
    return parse_named_limit(text).transform_error(context("--ulimit '{}'", text));
}

Result<pb::RestartPolicy> parse_restart_policy(const std::string& text) {
    constexpr std::string_view k_limited = "on-failure:";
    pb::RestartPolicy policy;
    if (text == "always") {
        policy.set_kind(pb::RestartPolicy::ALWAYS);
    } else if (text == "unless-stopped") {
        policy.set_kind(pb::RestartPolicy::UNLESS_STOPPED);
    } else if (text == "on-failure" || text.starts_with(k_limited)) {
        policy.set_kind(pb::RestartPolicy::ON_FAILURE);
        std::uint32_t most = 0;
        if (text.starts_with(k_limited) &&
            (!read_number(std::string_view(text).substr(k_limited.size()), most) || most == 0))
            return fail(Code::invalid_argument, "--restart '{}': not on-failure:NUMBER", text);
        policy.set_most_retries(most);
    } else if (!text.empty() && text != "no" && text != "never") {
        return fail(Code::invalid_argument,
                    "--restart '{}': not no, on-failure[:NUMBER], always or unless-stopped", text);
    }
    return policy;
}

Result<std::vector<std::string>> read_environment_file(const std::string& path) {
    RDT_TRY(const auto text, read_file(path, k_largest_file).transform_error(context("--env-file")));
    std::vector<std::string> lines;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with('='))
            return fail(Code::invalid_argument, "--env-file {}: '{}': a name is needed", path, line);
        lines.emplace_back(line);
    }
    return lines;
}

} // namespace redoubt::ctl
